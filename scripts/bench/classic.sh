#!/bin/bash
# What Landfall replaces: the user-data script that fetches an instance's configuration with what an Amazon Linux image has.
# It stops at the first error, and that is all the care it takes.
#   CONFIG_SOURCE   s3://bucket/prefix
#   CONFIG_DIR      where the effective configuration goes
# On an instance the metadata service is http://169.254.169.254; AWS_ENDPOINT_URL is for the bench alone.
set -euo pipefail

imds="${AWS_EC2_METADATA_SERVICE_ENDPOINT:?}"
token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' "$imds/latest/api/token")
metadata() {
  curl -sf -H "X-aws-ec2-metadata-token: $token" "$imds/latest/meta-data/$1"
}

AWS_DEFAULT_REGION=$(metadata placement/region)
export AWS_DEFAULT_REGION
instance=$(metadata instance-id)

tags=$(aws ec2 describe-tags --filters "Name=resource-id,Values=$instance" \
  --query 'Tags[].[Key,Value]' --output text)
role=$(awk -F '\t' '$1 == "role" { print $2 }' <<<"$tags")
environment=$(awk -F '\t' '$1 == "environment" { print $2 }' <<<"$tags")

mkdir -p "$CONFIG_DIR"
cd "$CONFIG_DIR"
aws s3 cp --quiet "$CONFIG_SOURCE/base/app.properties" base.properties
aws s3 cp --quiet "$CONFIG_SOURCE/role/$role/role.properties" role.properties
aws s3 cp --quiet "$CONFIG_SOURCE/environment/$environment/environment.properties" environment.properties
cat base.properties role.properties environment.properties >effective.properties
