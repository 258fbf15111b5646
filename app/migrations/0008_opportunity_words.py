"""The words that deals are found by, in a table of their own: what moves a deal from stage to stage never touches it.

`opportunity_words` has a row for each deal, written by triggers, so that whoever writes a deal, a customer, a partner
or a person need not know of it. `search_fold` is the one definition of which letters are the same; both what is stored
and what is looked for go through it.
"""

import unicodedata

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from app.database import migrations

_MARKS = (
    r'\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u061c\u0640'
    r'\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u180b-\u180f'
    r'\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u20d0-\u20ff\ufe00-\ufe0f'
    r'\ufe20-\ufe2f\ufeff'
)
"""Accents, points and vowel signs that may be left out in writing, and what is invisible. Not those of Indic and Thai
letters and of kana, without which it would be another word."""

_ALIKE = {'ł': 'l', 'ø': 'o', 'đ': 'd', 'ð': 'd', 'ħ': 'h', 'ŧ': 't', 'ı': 'i', 'ŋ': 'n', 'ς': 'σ'} | dict(
    zip('’‘ʼ‛′“”„″–—‐‑‒―−⁃', "'''''" + '""""' + '-' * 8)
)
_SEVERAL = {'ß': 'ss', 'æ': 'ae', 'œ': 'oe', 'þ': 'th'}

_FOLD = r"""
CREATE FUNCTION search_fold(given text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $fold$
DECLARE
  folded text := given;
BEGIN
  IF octet_length(folded) = length(folded) THEN
    RETURN lower(folded COLLATE "C");
  END IF;
  folded := regexp_replace(normalize(folded, NFKD) COLLATE "C", '[%(marks)s]+', '', 'g');
  IF octet_length(folded) = length(folded) THEN
    RETURN lower(folded COLLATE "C");
  END IF;
  folded := %(lower)s;
%(several)s
  RETURN translate(folded, %(alike)s, %(same)s);
END $fold$
"""

_COLLATIONS = ('pg_c_utf8', 'und-x-icu', 'default')
_LOWERS = """SELECT lower('ŁЖΣԱ' COLLATE "{collation}") = 'łжσա'"""


async def make_fold(_apps, editor):
    async def lowers(collation):
        known = await editor.client.execute_query_dict(
            'SELECT 1 FROM pg_collation WHERE collname = $1 AND collencoding IN (-1, 6)', [collation]
        )
        if not known:
            return False
        rows = await editor.client.execute_query_dict(f'{_LOWERS.format(collation=collation)} AS it')
        return rows[0]['it']

    lower = None
    for collation in _COLLATIONS:
        if await lowers(collation):
            lower = f'lower(folded COLLATE "{collation}")'
            break
    await editor.client.execute_script(fold_of(lower or lower_by_hand()))


def fold_of(lower):
    several = ''.join(f"  folded := replace(folded, '{one}', '{other}');\n" for one, other in _SEVERAL.items())
    return _FOLD % {
        'marks': _MARKS,
        'lower': lower,
        'several': several.rstrip(),
        'alike': _quoted(''.join(_ALIKE)),
        'same': _quoted(''.join(_ALIKE.values())),
    }


def lower_by_hand():
    """For a database whose collations know no letters beyond ASCII."""
    pairs = [(chr(n), chr(n).lower()) for n in (*range(0x41, 0x5B), *range(0xC0, 0x590), *range(0x10A0, 0x1F00))]
    kept = [(one, other) for one, other in pairs if one != other and len(other) == 1]
    kept = [(one, other) for one, other in kept if unicodedata.normalize('NFKD', one) == one]
    return f'translate(folded, {_quoted("".join(o for o, _ in kept))}, {_quoted("".join(o for _, o in kept))})'


def _quoted(text):
    return "'" + text.replace("'", "''") + "'"


WORDS = r"""
CREATE FUNCTION search_words(
  given text, OUT whole text, OUT likes text[], OUT long1 text, OUT long2 text, OUT long3 text, OUT pairs text[], OUT way text,
  OUT words text[]
) LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $words$
DECLARE
  found text[];
  longest text[];
BEGIN
  found := (regexp_split_to_array(btrim(search_fold(given), E' \n\r\t\f\v'), '\s+'))[1:20];
  IF found = ARRAY[''] THEN
    found := '{}';
  END IF;
  whole := array_to_string(found, ' ');
  SELECT coalesce(array_agg('%' || regexp_replace(word, '([\\%_])', '\\\1', 'g') || '%'), '{}'),
    coalesce(array_agg('(^|[\s[:punct:]])' || regexp_replace(word, '([^[:alnum:]\u0080-\uffff])', '\\\1', 'g')
      || '($|[\s[:punct:]])'), '{}')
  INTO likes, words FROM unnest(found) AS word;
  SELECT array_agg(liked ORDER BY length(liked) DESC) INTO longest FROM unnest(likes) AS liked
  WHERE octet_length(liked) = length(liked) AND liked ~ '[a-z0-9]{3}';
  long1 := longest[1];
  long2 := coalesce(longest[2], long1);
  long3 := coalesce(longest[3], long2);
  SELECT array_agg(DISTINCT part) INTO pairs FROM unnest(found) AS word, unnest(search_pairs(word)) AS part
  WHERE length(part) = 2 OR length(word) = 1;
  way := CASE WHEN pairs IS NOT NULL THEN 'pairs' WHEN long1 IS NOT NULL THEN 'long' ELSE 'all' END;
END $words$
"""

PAIRS = """
CREATE FUNCTION search_pairs(given text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $pairs$
  SELECT array_agg(DISTINCT one.part) FROM (
    SELECT letter, letter || lead(letter) OVER (ORDER BY place) AS pair
    FROM unnest(string_to_array(given, NULL)) WITH ORDINALITY AS letters (letter, place)
  ) two, unnest(ARRAY[two.letter, two.pair]) AS one (part)
  WHERE one.part IS NOT NULL AND octet_length(one.part) > length(one.part) AND one.part !~ '\\s'
$pairs$
"""

RANK = r"""
CREATE FUNCTION search_rank(given text, whole text, words text[]) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $rank$
  SELECT CASE WHEN starts_with(given, whole) OR starts_with(split_part(given, E'\n', 2), whole) THEN 1
    WHEN given ~ ALL (words) THEN 2 ELSE 3 END
$rank$
"""

SEARCHED = r"""
CREATE VIEW opportunity_searched AS
SELECT o.id AS opportunity_id, o.partner_id, o.owner_id, left(search_fold(o.external_id), 400) COLLATE "C" AS code,
  (CASE WHEN octet_length(w.folded) = length(w.folded) THEN left(w.folded, 2000) ELSE left(w.folded, 640) END)
    COLLATE "C" AS text
FROM opportunity o
JOIN account a ON a.id = o.account_id
LEFT JOIN organization g ON g.id = o.partner_id
LEFT JOIN user_account u ON u.id = o.owner_id
CROSS JOIN LATERAL (SELECT search_fold(
  translate(o.name, E'\n\r', '  ') || E'\n' || translate(a.name, E'\n\r', '  ')
  || E'\n' || coalesce(o.external_id, '') || E'\n' || coalesce(g.name, '') || E'\n' || coalesce(u.name, '')
  || E'\n' || coalesce(a.external_id, '') || E'\n' || coalesce(o.next_step, '')
  || E'\n' || left(coalesce(o.notes, ''), 2000)
) AS folded) w
"""

KEEP = """
CREATE FUNCTION keep_search() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $keep$
BEGIN
  CASE TG_ARGV[0]
  WHEN 'fresh' THEN
    INSERT INTO opportunity_words (opportunity_id, partner_id, owner_id, code, text)
    SELECT s.opportunity_id, s.partner_id, s.owner_id, s.code, s.text
    FROM fresh f JOIN opportunity_searched s ON s.opportunity_id = f.id;
  WHEN 'none' THEN
    TRUNCATE opportunity_words;
  WHEN 'gone' THEN
    DELETE FROM opportunity_words t USING gone g WHERE t.opportunity_id = g.id;
  WHEN 'deal' THEN
    UPDATE opportunity_words t
    SET partner_id = s.partner_id, owner_id = s.owner_id, code = s.code, text = s.text
    FROM opportunity_searched s WHERE s.opportunity_id = NEW.id AND t.opportunity_id = NEW.id;
  ELSE
    UPDATE opportunity_words t SET text = s.text FROM opportunity_searched s
    JOIN opportunity o ON o.id = s.opportunity_id
    WHERE t.opportunity_id = s.opportunity_id AND CASE TG_ARGV[0]
      WHEN 'account' THEN o.account_id = NEW.id
      WHEN 'partner' THEN o.partner_id = NEW.id
      ELSE o.owner_id = NEW.id END;
  END CASE;
  RETURN NULL;
END $keep$
"""

_CHANGED = "CREATE TRIGGER {table}_search AFTER UPDATE OF {columns} ON {table} FOR EACH ROW WHEN ({changed})" \
    " EXECUTE FUNCTION keep_search('{what}')"


def _on_change(table, what, *columns):
    sides = (', '.join(f'{side}.{column}' for column in columns) for side in ('OLD', 'NEW'))
    changed = ' IS DISTINCT FROM '.join(f'({side})' for side in sides)
    if len(columns) == 1:
        changed = f'OLD.{columns[0]} IS DISTINCT FROM NEW.{columns[0]}'
    return _CHANGED.format(table=table, columns=', '.join(columns), changed=changed, what=what)


TRIGGERS = (
    "CREATE TRIGGER opportunity_words_fresh AFTER INSERT ON opportunity REFERENCING NEW TABLE AS fresh"
    " FOR EACH STATEMENT EXECUTE FUNCTION keep_search('fresh')",
    "CREATE TRIGGER opportunity_words_gone AFTER DELETE ON opportunity REFERENCING OLD TABLE AS gone"
    " FOR EACH STATEMENT EXECUTE FUNCTION keep_search('gone')",
    "CREATE TRIGGER opportunity_words_none AFTER TRUNCATE ON opportunity"
    " FOR EACH STATEMENT EXECUTE FUNCTION keep_search('none')",
    _on_change('opportunity', 'deal', 'name', 'external_id', 'next_step', 'notes', 'account_id', 'partner_id', 'owner_id'),
    _on_change('account', 'account', 'name', 'external_id'),
    _on_change('organization', 'partner', 'name'),
    _on_change('user_account', 'owner', 'name'),
)

FILL = """
INSERT INTO opportunity_words (opportunity_id, partner_id, owner_id, code, text)
SELECT opportunity_id, partner_id, owner_id, code, text FROM opportunity_searched ORDER BY opportunity_id
"""

INDEXES = (
    'CREATE INDEX opportunity_words_own ON opportunity_words (partner_id, opportunity_id) INCLUDE (owner_id, text)',
    'CREATE INDEX opportunity_words_pairs ON opportunity_words USING gin (search_pairs(text))'
    ' WHERE octet_length(text) <> length(text)',
)
TRIGRAMS = """
DO $trigrams$ BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE INDEX opportunity_words_trigrams ON opportunity_words USING gin (text gin_trgm_ops);
EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_file OR undefined_object THEN
  RAISE WARNING 'pg_trgm is not available here: the vendor''s searches read the words of all deals';
END $trigrams$
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0007_account_name_key')]

    initial = False

    operations = [
        ops.CreateModel(
            name='OpportunityWords',
            fields=[
                ('opportunity_id', fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ('partner_id', fields.UUIDField(null=True)),
                ('owner_id', fields.UUIDField(null=True)),
                ('code', fields.TextField(null=True, unique=False)),
                ('text', fields.TextField(unique=False)),
            ],
            options={'table': 'opportunity_words', 'app': 'models', 'indexes': [Index(fields=['code', 'partner_id'], name='opportunity_words_code')], 'pk_attr': 'opportunity_id', 'table_description': 'The folded words that a deal is found by; written by triggers.'},
            bases=['Model'],
        ),
        # Compared letter by letter, whatever the database's own order of letters is.
        ops.RunSQL('ALTER TABLE opportunity_words ALTER COLUMN code TYPE text COLLATE "C", ALTER COLUMN text TYPE text COLLATE "C"', ops.RunSQL.noop),
        ops.RunPython(make_fold, ops.RunPython.noop),
        *(ops.RunSQL(one, ops.RunSQL.noop) for one in (PAIRS, WORDS, RANK, SEARCHED, KEEP, *TRIGGERS, FILL, *INDEXES, TRIGRAMS)),
        ops.RemoveIndex(model_name='Opportunity', name='opportunity_search'),
        # Kept for servers that still run the version before: new deals have no words there. It goes with a later version.
        ops.RunSQL('ALTER TABLE opportunity ALTER COLUMN search DROP EXPRESSION', ops.RunSQL.noop),
    ]
