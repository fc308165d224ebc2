#!/bin/sh
# Landfall user data: makes the agent of this region's bucket a service of this instance. What differs from one user data to
# the next comes first, in configure(); the rest is the same for all and names no region. Needs sh, curl >= 7.75, coreutils.
set -eu
umask 022
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
export PATH LC_ALL

object_x64='' digest_x64='' object_arm64='' digest_arm64='' owner=''
#@configure

bin=/usr/local/bin/landfall
region='' account='' body='' why='' changed=''

main() {
  # Beside the agent: one file system for an atomic rename, one SELinux label.
  work=$(mktemp -d "${bin%/*}/.landfall.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  configure
  set -a
  # shellcheck disable=SC1091
  . /etc/landfall/agent.env
  set +a
  # Hosts of FIPS and of both address families, as the agent asks them (docs/operating.md).
  fips='' both=''
  case ${AWS_USE_FIPS_ENDPOINT:-} in [Tt][Rr][Uu][Ee]) fips=-fips ;; esac
  case ${AWS_USE_DUALSTACK_ENDPOINT:-} in [Tt][Rr][Uu][Ee]) both=.dualstack ;; esac
  if [ -n "${AWS_CA_BUNDLE:-}" ]; then export CURL_CA_BUNDLE="$AWS_CA_BUNDLE"; fi
  try identify || fail "$why"
  if ! installed; then
    try fetch || fail "$why"
    verify || fail "$why"
    changed=yes
  fi
  start
}

identify() {
  imds=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-}
  if [ -z "$imds" ]; then
    imds=http://169.254.169.254
    case ${AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE:-} in [Ii][Pp]v6) imds='http://[fd00:ec2::254]' ;; esac
  fi
  imds=${imds%/}
  why="the metadata service at $imds gives no IMDSv2 token"
  token=$(ask_imds api/token 'request = PUT' 'X-aws-ec2-metadata-token-ttl-seconds: 300') || return 1
  why='the metadata service gives no identity document'
  document=$(metadata dynamic/instance-identity/document) || return 1
  region=$(member "$document" region) account=$(member "$document" accountId)
  instance=$(member "$document" instanceId) arch=$(member "$document" architecture)
  why='the identity document names no region, account or instance'
  case $region in '' | *[!a-z0-9-]*) return 1 ;; esac
  case $account in '' | *[!0-9]*) return 1 ;; esac
  case $instance in '' | *[!a-z0-9-]*) return 1 ;; esac
  domain=$(metadata meta-data/services/domain 2>/dev/null) || domain=amazonaws.com
  why="there is no agent for the architecture '$arch' in this user data"
  case $arch in
    x86_64) object=$object_x64 digest=$digest_x64 ;;
    arm64) object=$object_arm64 digest=$digest_arm64 ;;
    *) fail "$why" ;;
  esac
  [ -n "$digest" ] || fail "$why"
  object=$(printf %s "$object" | sed "s/{region}/$region/g; s/{account}/$account/g")
  owner=${owner:-$account}
}

installed() {
  [ -x "$bin" ] && [ "$(sha256sum <"$bin")" = "$digest  -" ]
}

fetch() {
  if command -v zstd >/dev/null; then
    form=zst unpack=zstd
  elif command -v gzip >/dev/null; then
    form=gz unpack=gzip
  else
    fail 'neither zstd nor gzip is there to unpack the agent'
  fi
  credentials || return 1
  s3=${AWS_ENDPOINT_URL_S3:-${AWS_ENDPOINT_URL:-https://s3$fips$both.$region.$domain}}
  download "${s3%/}" "/$object.$form" || return 1
  why="$object.$form cannot be unpacked: is the disk full?"
  "$unpack" -dc <"$work/packed" >"$work/landfall" || return 1
  rm -f "$work/packed"
}

# Nothing that was fetched runs before this.
verify() {
  got=$(sha256sum <"$work/landfall")
  why="$object.$form holds sha256 ${got%% *}, not $digest: it is not run"
  [ "$got" = "$digest  -" ] || return 1
  chmod 0755 "$work/landfall"
  sync "$work/landfall" 2>/dev/null || sync
  mv -f "$work/landfall" "$bin"
}

credentials() {
  why='this instance has no role, or its credentials are not there yet'
  role=$(metadata meta-data/iam/security-credentials/ | sed -n 1p) || return 1
  [ -n "$role" ] || return 1
  document=$(metadata "meta-data/iam/security-credentials/$role") || return 1
  key=$(member "$document" AccessKeyId) secret=$(member "$document" SecretAccessKey) session=$(member "$document" Token)
  [ -n "$key" ] && [ -n "$secret" ] && [ -n "$session" ]
}

download() {
  why="$1$2 does not answer"
  if signs_headers; then
    status=$(signed s3 "$1$2" "x-amz-content-sha256: $empty" "x-amz-expected-bucket-owner: $owner") || return 1
  else
    status=$(printf 'url = "%s"\n' "$1$2?$(presign "$1" "$2")" |
      send -H "x-amz-expected-bucket-owner: $owner" --speed-limit 1000 --speed-time 30) || return 1
  fi
  [ "$status" = 200 ] && return 0
  why="S3 answers $status $(sed -n 's/.*<Code>\([^<]*\).*/\1/p' "$work/packed" | sed -n 1p) to s3://$object.$form"
  return 1
}

# SERVICE URL HEADER... [--data BODY]: no credential is ever on a command line, where all users see it.
signed() {
  service=$1 url=$2
  shift 2
  {
    printf 'user = "%s:%s"\nheader = "x-amz-security-token: %s"\nurl = "%s"\n' "$key" "$secret" "$session" "$url"
    for header; do printf 'header = "%s"\n' "$header"; done
  } | send --aws-sigv4 "aws:amz:$region:$service" --speed-limit 1000 --speed-time 30 ${body:+--data "$body"}
}

send() {
  curl -gsS -K - --connect-timeout 5 -o "$work/packed" -w '%{http_code}' "$@"
}

# curl signs host and date only before it learned to sign every header it sends; S3 refuses a session token that is not
# signed. Debian 12 has 7.88, seen to do it right; RHEL 9 has 7.76 and Ubuntu 22.04 7.81.
signs_headers() {
  version=$(curl --version | sed -n '1s/^curl \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
  [ "${version% *}" -gt 7 ] || [ "${version#* }" -ge 88 ]
}

# Query parameters for older ones: "Authenticating Requests: Using Query Parameters", Amazon S3 API Reference.
presign() {
  host=${1#*://} now=$(date -u +%Y%m%dT%H%M%SZ)
  scope=${now%T*}/$region/s3/aws4_request
  headers="host:${host%%/*}
x-amz-expected-bucket-owner:$owner
"
  names='host;x-amz-expected-bucket-owner'
  query="X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=$(escape "$key/$scope")&X-Amz-Date=$now&X-Amz-Expires=600"
  query="$query&X-Amz-Security-Token=$(escape "$session")&X-Amz-SignedHeaders=$(escape "$names")"
  request=$(printf 'GET\n%s\n%s\n%s\n%s\nUNSIGNED-PAYLOAD' "$2" "$query" "$headers" "$names" | sha256sum)
  signing=$(printf 'AWS4%s' "$secret" | od -An -v -tx1 | tr -d ' \n')
  for part in "${now%T*}" "$region" s3 aws4_request "AWS4-HMAC-SHA256
$now
$scope
${request%% *}"; do signing=$(hmac "$signing" "$part"); done
  printf '%s&X-Amz-Signature=%s' "$query" "$signing"
}

# HMAC-SHA256 (RFC 2104) of a text under a key in hex, in hex.
hmac() {
  inner=$({ printf %b "$(octal "$1" 54 64)"; printf %s "$2"; } | sha256sum)
  outer=$({ printf %b "$(octal "$1" 92 64)"; printf %b "$(octal "$inner" 0 32)"; } | sha256sum)
  printf %s "${outer%% *}"
}

# HEX XOR LENGTH: so many bytes of it, zeros at the end, as printf %b reads them.
octal() {
  rest=${1%% *} list=''
  while [ "$(($3 * 5))" -gt "${#list}" ]; do
    byte=${rest%"${rest#??}"} rest=${rest#??}
    byte=$((0x${byte:-0} ^ $2))
    list="$list\\0$((byte >> 6))$((byte >> 3 & 7))$((byte & 7))"
  done
  printf %s "$list"
}

escape() {
  printf %s "$1" | sed 's/%/%25/g; s|/|%2F|g; s/+/%2B/g; s/=/%3D/g; s/;/%3B/g'
}

metadata() {
  ask_imds "$1" '' "X-aws-ec2-metadata-token: $token"
}

# PATH OPTION HEADER
ask_imds() {
  printf '%s\nheader = "%s"\nurl = "%s"\n' "$2" "$3" "$imds/latest/$1" |
    curl -gfsS -K - --noproxy '*' --connect-timeout 2 --max-time 5
}

# The string NAME of a JSON object, on one line or many.
member() {
  printf '%s\n' "$1" | sed -n 's/.*"'"$2"'" *: *"\([^"]*\)".*/\1/p' | sed -n 1p
}

# COMMAND: eight times, with full jitter between 0 and 1, 2, 4 ... 30 s, and two minutes at most.
try() {
  limit=1000 turn=1
  until "$1"; do
    [ "$turn" -lt 8 ] || return 1
    pause=$(($(od -An -N2 -tu2 /dev/urandom) * limit / 65536))
    say "try $turn: $why; again in $pause ms" warning
    sleep "$((pause / 1000)).$(printf %03d $((pause % 1000)))"
    turn=$((turn + 1)) limit=$((limit * 2))
    [ "$limit" -le 30000 ] || limit=30000
  done
}

# NAME, text on stdin: replaced in one step, and only when it differs.
put() {
  cat >"$work/text"
  if [ -f "$1" ] && [ "$(sha256sum <"$work/text")" = "$(sha256sum <"$1")" ]; then return 0; fi
  mkdir -p "${1%/*}"
  # Written beside it, so that it has the label of where it lies.
  cat "$work/text" >"$1.new"
  mv -f "$1.new" "$1"
  changed=yes
}

start() {
  systemctl daemon-reload || fail 'systemd does not answer'
  systemctl enable landfall.service || fail 'landfall.service cannot be enabled: is its unit there?'
  case $(systemctl is-active landfall.service) in
    active | activating | reloading) [ -z "$changed" ] || systemctl restart --no-block landfall.service ;;
    *) bootstrap ;;
  esac
  # Waits for READY=1. An agent with nothing acceptable to say is never ready, and goes on trying. One that has failed at
  # nothing yet is at work on a plan, whose scripts have time limits of their own.
  until timeout 150 systemctl start landfall.service; do
    [ -n "$("$bin" status --json | sed -n '/"servedFrom":null,"failure":null/p')" ] ||
      fail 'no configuration was accepted in 150 s: see journalctl -u landfall' 7
  done
  say 'ready'
}

# Once in the open, where its words reach the console; the daemon goes on with what it left.
bootstrap() {
  code=0
  "$bin" bootstrap 2>"$work/said" || code=$?
  cat "$work/said" >&2
  [ "$code" -ne 0 ] || return 0
  # What is published or allowed later needs no new instance.
  systemctl start --no-block landfall.service || :
  reason=$(sed -n 's/^landfall: //p' "$work/said" | tail -n 1)
  fail "${reason:-landfall bootstrap ended with code $code}" "$code"
}

say() {
  printf 'landfall: %s\n' "$1" >&2
  if command -v logger >/dev/null; then logger -t landfall-boot -p "daemon.${2:-info}" -- "$1" || :; fi
}

# Loud everywhere: whoever looks for this instance looks in one of these places.
fail() {
  say "boot failed: $1" err
  { printf '\n*** LANDFALL BOOT FAILED: %s ***\n\n' "$1" >/dev/console; } 2>/dev/null || :
  if [ -n "$region" ]; then tell_logs "$1" || :; fi
  exit "${2:-1}"
}

tell_logs() {
  # The ordinary host of GovCloud is the FIPS one.
  case $region in us-gov-*) fips='' ;; esac
  logs=${AWS_ENDPOINT_URL_CLOUDWATCH_LOGS:-${AWS_ENDPOINT_URL:-https://logs$fips.$region.$domain}}
  credentials || return 1
  text=$(printf 'boot failed: %s' "$1" | tr -c ' !#-[]-~' ' ')
  names='"logGroupName":"/landfall/boot"'
  call_logs CreateLogGroup "{$names}"
  names="$names,\"logStreamName\":\"$instance\""
  call_logs CreateLogStream "{$names}"
  call_logs PutLogEvents "{$names,\"logEvents\":[{\"timestamp\":$(date +%s)000,\"message\":\"$text\"}]}"
}

call_logs() {
  body=$2
  signed logs "$logs/" 'content-type: application/x-amz-json-1.1' "x-amz-target: Logs_20140328.$1" >/dev/null || :
}

empty=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
main
