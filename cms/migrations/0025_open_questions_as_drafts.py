import assessments.formats.written
import cms.open_drafts.models
import django.db.models.deletion
import uuid
import wagtail.fields
import wagtail.models.preview
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('assessments', '0015_skills_of_accord'),
        ('cms', '0024_authors_write_cases'),
        ('courses', '0006_search_entries'),
        ('skills', '0006_sharing_and_frameworks_put_away'),
        ('wagtailcore', '0098_apitoken'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='questiondraft',
            name='skill',
            field=models.ForeignKey(blank=True, limit_choices_to={'framework__slug': 'accord'}, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='skills.skill', verbose_name='skill'),
        ),
        migrations.CreateModel(
            name='OpenQuestionDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('live', models.BooleanField(default=True, editable=False, verbose_name='live')),
                ('has_unpublished_changes', models.BooleanField(default=False, editable=False, verbose_name='has unpublished changes')),
                ('first_published_at', models.DateTimeField(blank=True, db_index=True, null=True, verbose_name='first published at')),
                ('last_published_at', models.DateTimeField(editable=False, null=True, verbose_name='last published at')),
                ('go_live_at', models.DateTimeField(blank=True, null=True, verbose_name='go live date/time')),
                ('expire_at', models.DateTimeField(blank=True, null=True, verbose_name='expiry date/time')),
                ('expired', models.BooleanField(default=False, editable=False, verbose_name='expired')),
                ('locked', models.BooleanField(default=False, editable=False, verbose_name='locked')),
                ('locked_at', models.DateTimeField(editable=False, null=True, verbose_name='locked at')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('situation', models.TextField(blank=True, verbose_name='situation')),
                ('prompt', models.TextField(blank=True, verbose_name='question')),
                ('concept', models.CharField(blank=True, help_text='What the question is about, for authors. Learners do not see it.', max_length=300, verbose_name='concept')),
                ('based_on', models.CharField(blank=True, editable=False, max_length=32)),
                ('published', models.CharField(blank=True, editable=False, max_length=32)),
                ('key', models.CharField(blank=True, editable=False, max_length=100)),
                ('occasion', models.CharField(blank=True, choices=[('before', 'Before the course'), ('after', 'After the course')], help_text='At the end of that assessment.', max_length=10, verbose_name='asked')),
                ('by', models.CharField(choices=[('words', 'In words, typed on the page'), ('file', 'With a file'), ('audio', 'By speaking: recorded on the page, or uploaded')], default=assessments.formats.written.Means['WORDS'], max_length=5, verbose_name='how learners answer')),
                ('fewest', models.PositiveSmallIntegerField(blank=True, default=60, null=True, verbose_name='fewest words')),
                ('most', models.PositiveSmallIntegerField(blank=True, default=250, help_text='A longer text is kept. Raters read as far as here.', null=True, verbose_name='most words')),
                ('kinds', models.JSONField(blank=True, default=cms.open_drafts.models.usual_kinds, help_text='What a file is, its content says, not its name.', verbose_name='kinds of files')),
                ('megabytes', models.PositiveSmallIntegerField(blank=True, default=5, null=True, verbose_name='most megabytes')),
                ('minutes', models.PositiveSmallIntegerField(blank=True, default=3, help_text='A recording on the page ends there. Of one that is uploaded raters hear as far as here.', null=True, verbose_name='most minutes')),
                ('levels', wagtail.fields.StreamField([('level', 2)], blank=True, block_lookup={0: ('wagtail.blocks.CharBlock', (), {'help_text': 'In a few words, such as “Asks for the limit”.', 'label': 'Name', 'max_length': 80, 'required': False}), 1: ('wagtail.blocks.TextBlock', (), {'label': 'How one knows an answer of this level', 'required': False, 'rows': 3}), 2: ('wagtail.blocks.StructBlock', [[('name', 0), ('words', 1)]], {'label': 'Level'})}, verbose_name='levels of the rubric, from 1 to 5')),
                ('anchors', wagtail.fields.StreamField([('anchor', 3)], blank=True, block_lookup={0: ('wagtail.blocks.TextBlock', (), {'help_text': 'Of files and recordings: what it says, word for word, or what is to be seen in it.', 'label': 'An answer, as a learner would write it', 'required': False, 'rows': 5}), 1: ('wagtail.blocks.ChoiceBlock', [], {'choices': [('1', '1'), ('2', '2'), ('3', '3'), ('4', '4'), ('5', '5')], 'label': 'Agreed level', 'required': False}), 2: ('wagtail.blocks.TextBlock', (), {'help_text': 'Raters read it after their training, learners beside their result.', 'label': 'Why this level and not the next', 'required': False, 'rows': 2}), 3: ('wagtail.blocks.StructBlock', [[('text', 0), ('score', 1), ('reason', 2)]], {'label': 'Anchor'})}, help_text='Answers whose level you and colleagues have agreed: at least six, of at least three levels.', verbose_name='anchors')),
                ('course', models.ForeignKey(blank=True, help_text='Fixed once the question is published.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='courses.course', verbose_name='course')),
                ('item', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='open_draft', to='assessments.item')),
                ('latest_revision', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailcore.revision', verbose_name='latest revision')),
                ('live_revision', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailcore.revision', verbose_name='live revision')),
                ('locked_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='locked_%(class)ss', to=settings.AUTH_USER_MODEL, verbose_name='locked by')),
                ('skill', models.ForeignKey(blank=True, limit_choices_to={'framework__slug': 'accord'}, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='skills.skill', verbose_name='skill')),
            ],
            options={
                'verbose_name': 'open question draft',
                'verbose_name_plural': 'open question drafts',
                'ordering': ['-pk'],
            },
            bases=(wagtail.models.preview.PreviewableMixin, models.Model),
        ),
    ]
