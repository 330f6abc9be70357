import django.db.models.deletion
import taggit.managers
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('assessments', '0015_skills_of_accord'),
        ('taggit', '0006_rename_taggeditem_content_type_object_id_taggit_tagg_content_8fc721_idx'),
    ]

    operations = [
        migrations.AddField(
            model_name='item',
            name='tags',
            field=taggit.managers.TaggableManager(blank=True, help_text='Words by which authors find it.', through='taggit.TaggedItem', to='taggit.Tag', verbose_name='tags'),
        ),
        migrations.AddField(
            model_name='item',
            name='translation_of',
            field=models.ForeignKey(blank=True, help_text='The question that this one says in another language. No form asks both.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='translations', to='assessments.item'),
        ),
        migrations.AddField(
            model_name='itemversion',
            name='language',
            field=models.CharField(blank=True, help_text='BCP 47 tag, such as de or pt-BR. Empty: the language of this installation.', max_length=20),
        ),
    ]
