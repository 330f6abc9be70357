import assessments.file_models
import assessments.storage
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('assessments', '0016_tags_and_translations'),
    ]

    operations = [
        migrations.CreateModel(
            name='QuestionPicture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('file', models.FileField(max_length=200, storage=assessments.storage.private_storage, upload_to=assessments.file_models.picture_path)),
                ('kind', models.CharField(choices=[('png', 'PNG'), ('jpg', 'JPEG')], max_length=10)),
                ('width', models.PositiveIntegerField()),
                ('height', models.PositiveIntegerField()),
                ('digest', models.CharField(help_text='SHA-256 of the file: the same picture is kept once.', max_length=64, unique=True)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.AddField(
            model_name='itemversion',
            name='picture',
            field=models.JSONField(blank=True, default=dict, help_text='Shown with the situation: {id, alt, width, height}, of a QuestionPicture. Empty without one.'),
        ),
    ]
