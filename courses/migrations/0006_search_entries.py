"""What is searched of courses and lessons, and the database's own index over it.

The index is none of Django's. On PostgreSQL it is a column that the database generates, with a GIN index; each language has its
configuration. On SQLite it is FTS5 tables that read the rows and are kept by triggers: whatever makes the table anew in a later
migration has to make the triggers anew (`tests/courses/test_search_index.py` holds that they are there). Rows are written by
`cms.searching`, at each publication and after `migrate`.
"""

import unicodedata

import django.db.models.deletion
from django.db import migrations, models

CONFIGURATIONS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "no": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
    "yi": "yiddish",
}
SEPARATORS = "-/.@_:<>&+=?%#~"
COLUMNS = ["title", "heading", "points", "text"]
# Each FTS5 table: how it takes words apart, and for which rows.
TABLES = {
    "courses_search_english": ("porter unicode61 remove_diacritics 2", "substr({row}.locale, 1, 2) = 'en'"),
    "courses_search_words": ("unicode61 remove_diacritics 2", "substr({row}.locale, 1, 2) <> 'en'"),
}


def plain_letters():
    """Latin letters with marks and the one letter that each is without them, in two strings."""
    letters = [chr(code) for start, end in ((0xC0, 0x250), (0x1E00, 0x1F00)) for code in range(start, end)]
    plain = {letter: "".join(filter(str.isalpha, unicodedata.normalize("NFKD", letter))) for letter in letters}
    plain = {letter: base for letter, base in plain.items() if base != letter and base.isascii() and len(base) == 1}
    return "".join(plain) + SEPARATORS, "".join(plain.values()) + " " * len(SEPARATORS)


def on_postgresql():
    letters, plain = plain_letters()
    cases = " ".join(
        f"WHEN '{language}' THEN '{name}'::regconfig" for language, name in CONFIGURATIONS.items()
    )
    configuration = f"CASE split_part(locale, '-', 1) {cases} ELSE 'simple'::regconfig END"
    weighted = [
        f"setweight(to_tsvector({configuration}, translate({column}, '{letters}', '{plain}')), '{weight}')"
        for column, weight in zip(COLUMNS, "ABCD", strict=True)
    ]
    yield f"ALTER TABLE courses_searchentry ADD COLUMN vector tsvector GENERATED ALWAYS AS ({' || '.join(weighted)}) STORED"
    yield "CREATE INDEX courses_searchentry_vector ON courses_searchentry USING gin (vector)"


def on_sqlite():
    columns = ", ".join(COLUMNS)
    new, old = (", ".join(f"{row}.{column}" for column in ["id", *COLUMNS]) for row in ("new", "old"))
    for table, (tokenizer, rows) in TABLES.items():
        yield (
            f"CREATE VIRTUAL TABLE {table} USING fts5"
            f"({columns}, content='courses_searchentry', content_rowid='id', tokenize='{tokenizer}')"
        )
        put = f"INSERT INTO {table} (rowid, {columns}) SELECT {new} WHERE {rows.format(row='new')};"
        take = f"INSERT INTO {table} ({table}, rowid, {columns}) SELECT 'delete', {old} WHERE {rows.format(row='old')};"
        for event, acts in {"insert": put, "delete": take, "update": take + put}.items():
            yield f"CREATE TRIGGER {table}_{event} AFTER {event.upper()} ON courses_searchentry BEGIN {acts} END"


def make_index(apps, schema_editor):
    for statement in {"postgresql": on_postgresql, "sqlite": on_sqlite}[schema_editor.connection.vendor]():
        schema_editor.execute(statement, params=None)


def drop_index(apps, schema_editor):
    """On PostgreSQL, and triggers anywhere, it goes with the table."""
    if schema_editor.connection.vendor == "sqlite":
        for table in TABLES:
            for event in ("insert", "delete", "update"):
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_{event}", params=None)
            schema_editor.execute(f"DROP TABLE {table}", params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('courses', '0005_a_course_says_whether_it_is_whole'),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('locale', models.CharField(help_text='The language of the words.', max_length=15)),
                ('title', models.CharField(max_length=200)),
                ('heading', models.TextField(blank=True, help_text='The module of a lesson; what a course teaches.')),
                ('points', models.TextField(blank=True, help_text='Of a course: its summary, its modules in short, and other words for it.')),
                ('text', models.TextField(blank=True, help_text='What a lesson shows before anybody has done anything in it.')),
                ('module_slug', models.CharField(blank=True, max_length=100)),
                ('slug', models.CharField(blank=True, max_length=100)),
                ('is_sample', models.BooleanField(default=False)),
                ('vocabulary', models.JSONField(blank=True, default=dict, help_text='Of a course: how often each word stands in its entries. Misspellings are put right from it.')),
                ('digest', models.CharField(blank=True, help_text='Of a course: of all that its entries were made from.', max_length=64)),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='search_entries', to='courses.course')),
                ('lesson', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='search_entries', to='courses.lesson')),
            ],
            options={
                'verbose_name_plural': 'search entries',
                'constraints': [models.UniqueConstraint(fields=('lesson', 'locale'), name='courses_search_entry_once_per_lesson'), models.UniqueConstraint(condition=models.Q(('lesson', None)), fields=('course', 'locale'), name='courses_search_entry_once_per_course')],
            },
        ),
        migrations.RunPython(make_index, drop_index),
    ]
