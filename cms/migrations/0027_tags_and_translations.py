from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cms', '0026_authors_write_open_questions'),
    ]

    operations = [
        migrations.AddField(
            model_name='questiondraft',
            name='language',
            field=models.CharField(blank=True, help_text='Empty: that of this site. Of another its code, such as de or pt-BR: only forms into which it is picked ask it.', max_length=20, verbose_name='language'),
        ),
        migrations.AddField(
            model_name='questiondraft',
            name='tags',
            field=models.TextField(blank=True, help_text='Words by which authors find it, separated by commas.', verbose_name='tags'),
        ),
        migrations.AddField(
            model_name='questiondraft',
            name='translation_of',
            field=models.CharField(blank=True, help_text='Key of the question that this one says in another language. No form asks both.', max_length=100, verbose_name='translation of'),
        ),
    ]
