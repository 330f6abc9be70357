#!/bin/sh
# restore.sh FOLDER: the database and the files of a folder that backup.sh made, into an empty database and an ACCORD_VAR
# without media and private files. Nothing is overwritten. The keys are in FOLDER/accord.env: put them in place first.
set -eu
umask 027
: "${DATABASE_URL:?Set DATABASE_URL}" "${ACCORD_VAR:?Set ACCORD_VAR}"
(cd "$1" && sha256sum --check --quiet SHA256SUMS)
tables=$(psql --no-psqlrc --tuples-only --no-align --dbname="$DATABASE_URL" \
  --command="SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
if [ "$tables" != 0 ]; then
  echo "The database already has $tables tables. Restore into an empty one; nothing was changed." >&2
  exit 1
fi
for folder in media private; do
  if [ -e "$ACCORD_VAR/$folder" ]; then
    echo "$ACCORD_VAR/$folder already exists. Move it aside; nothing was changed." >&2
    exit 1
  fi
done

pg_restore --no-owner --no-privileges --exit-on-error --single-transaction --dbname="$DATABASE_URL" "$1/database.dump"
mkdir -p "$ACCORD_VAR"
tar --extract --gzip --preserve-permissions --directory="$ACCORD_VAR" --file="$1/files.tar.gz"
echo "Restored. Now: manage.py migrate, collectstatic, check --deploy; then start web, worker and scheduler."
