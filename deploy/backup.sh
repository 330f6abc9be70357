#!/bin/sh
# backup.sh FOLDER: database, files and keys into a new folder below FOLDER, whose name is printed.
# Reads DATABASE_URL and ACCORD_VAR, and copies the file that ACCORD_ENV names (/etc/accord/accord.env), where there is one.
# The site goes on meanwhile: the database first, so that every file it names is in the archive that comes after.
set -eu
umask 077
: "${DATABASE_URL:?Set DATABASE_URL, for example with: set -a; . /etc/accord/accord.env; set +a}" "${ACCORD_VAR:?Set ACCORD_VAR}"
target="$1/accord-$(date -u +%Y-%m-%dT%H%M%SZ)"
mkdir -p "$1"
mkdir "$target.partial"

pg_dump --format=custom --no-owner --no-privileges --file="$target.partial/database.dump" "$DATABASE_URL"
# What is in a bucket is backed up there. Static files are made anew at each release.
for folder in media private; do
  [ ! -d "$ACCORD_VAR/$folder" ] || echo "$folder"
done | tar --create --gzip --directory="$ACCORD_VAR" --file="$target.partial/files.tar.gz" --files-from=-
keys=${ACCORD_ENV:-/etc/accord/accord.env}
[ ! -f "$keys" ] || cp "$keys" "$target.partial/accord.env"
# Whole, or not there.
(cd "$target.partial" && sha256sum -- * > SHA256SUMS)
mv "$target.partial" "$target"
echo "$target"
