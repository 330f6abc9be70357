import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cms', '0027_tags_and_translations'),
    ]

    operations = [
        migrations.AddField(
            model_name='questiondraft',
            name='image',
            field=models.ForeignKey(blank=True, help_text='Shown below the situation. Learners who have started keep it, whatever becomes of the image.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='cms.accordimage', verbose_name='picture'),
        ),
        migrations.AddField(
            model_name='questiondraft',
            name='image_alt',
            field=models.CharField(blank=True, help_text='For whoever does not see it: all that the question needs of it.', max_length=500, verbose_name='what the picture shows'),
        ),
    ]
