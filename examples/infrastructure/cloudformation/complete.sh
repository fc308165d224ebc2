#!/bin/sh
# complete.sh POLICY USERDATA > template.yaml: JSON is YAML, so both stand in the template as they are printed.
set -eu
awk -v policy="$(tr -d '\n' <"$1")" -v userdata="$(base64 <"$2" | tr -d '\n')" '
  { at = index($0, "\"@POLICY@\"") }
  at { print substr($0, 1, at - 1) policy; next }
  { at = index($0, "@USERDATA@") }
  at { print substr($0, 1, at - 1) userdata "\""; next }
  { print }
' "$(dirname "$0")/fleet.yaml"
