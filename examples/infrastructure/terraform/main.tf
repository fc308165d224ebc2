# One region of one role: apply it once for each region, with a state of its own. policy.json, userdata.sh and alarms.tf are
# printed by landfall-ops (see README.md).
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.40"
    }
  }
}

variable "region" {
  type = string
}

variable "name" {
  type        = string
  default     = "acme-config"
  description = "The bucket is called NAME-ACCOUNT-REGION"
}

variable "role" {
  type    = string
  default = "web"
}

variable "environment" {
  type    = string
  default = "prod"
}

variable "image" {
  type        = string
  description = "An image that holds the agent, or any with curl and gzip"
}

variable "instance_type" {
  type    = string
  default = "t3.small"
}

variable "subnets" {
  type = list(string)
}

variable "size" {
  type    = number
  default = 2
}

data "aws_caller_identity" "this" {}

resource "aws_s3_bucket" "configuration" {
  bucket = "${var.name}-${data.aws_caller_identity.this.account_id}-${var.region}"
}

resource "aws_s3_bucket_versioning" "configuration" {
  bucket = aws_s3_bucket.configuration.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "configuration" {
  bucket = aws_s3_bucket.configuration.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "configuration" {
  bucket = aws_s3_bucket.configuration.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "configuration" {
  bucket                  = aws_s3_bucket.configuration.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_lifecycle_configuration" "configuration" {
  bucket = aws_s3_bucket.configuration.id
  rule {
    id     = "VersionsThatWereReplaced"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = 90
    }
  }
  depends_on = [aws_s3_bucket_versioning.configuration]
}

resource "aws_s3_bucket_policy" "configuration" {
  bucket = aws_s3_bucket.configuration.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OnlyOverTls"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.configuration.arn, "${aws_s3_bucket.configuration.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
  depends_on = [aws_s3_bucket_public_access_block.configuration]
}

resource "aws_iam_role" "instance" {
  name_prefix = "landfall-${var.role}-"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "landfall" {
  name   = "landfall"
  role   = aws_iam_role.instance.id
  policy = file("${path.module}/policy.json")
}

resource "aws_iam_instance_profile" "instance" {
  name_prefix = "landfall-${var.role}-"
  role        = aws_iam_role.instance.name
}

resource "aws_launch_template" "instance" {
  name_prefix   = "landfall-${var.role}-"
  image_id      = var.image
  instance_type = var.instance_type
  user_data     = filebase64("${path.module}/userdata.sh")
  iam_instance_profile {
    arn = aws_iam_instance_profile.instance.arn
  }
  metadata_options {
    http_endpoint          = "enabled"
    http_tokens            = "required"
    instance_metadata_tags = "enabled"
  }
}

resource "aws_autoscaling_group" "instances" {
  name_prefix         = "landfall-${var.role}-"
  min_size            = var.size
  max_size            = var.size
  vpc_zone_identifier = var.subnets
  # Instances that wait for their hook are in no service yet, and the first apply fills no bucket.
  wait_for_capacity_timeout = "0"
  launch_template {
    id      = aws_launch_template.instance.id
    version = aws_launch_template.instance.latest_version
  }
  initial_lifecycle_hook {
    name                 = "landfall-launch"
    lifecycle_transition = "autoscaling:EC2_INSTANCE_LAUNCHING"
    heartbeat_timeout    = 600
    default_result       = "ABANDON"
  }
  initial_lifecycle_hook {
    name                 = "landfall-termination"
    lifecycle_transition = "autoscaling:EC2_INSTANCE_TERMINATING"
    heartbeat_timeout    = 120
    default_result       = "CONTINUE"
  }
  tag {
    key                 = "role"
    value               = var.role
    propagate_at_launch = true
  }
  tag {
    key                 = "environment"
    value               = var.environment
    propagate_at_launch = true
  }
}

output "source" {
  value = "s3://${aws_s3_bucket.configuration.id}/payroll"
}
