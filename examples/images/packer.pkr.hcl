# An image with the agent in it, made by Packer. `packer init . && packer build -var package=... .`; the image names no region.
packer {
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = ">= 1.3.0"
    }
  }
}

variable "package" {
  type        = string
  description = "landfall-VERSION-linux-x86_64.rpm of dist/packages"
}

source "amazon-ebs" "al2023" {
  ami_name      = "landfall-{{timestamp}}"
  instance_type = "t3.small"
  ssh_username  = "ec2-user"
  source_ami_filter {
    filters     = { name = "al2023-ami-2023.*-x86_64", virtualization-type = "hvm" }
    owners      = ["amazon"]
    most_recent = true
  }
  metadata_options {
    http_tokens = "required"
  }
}

build {
  sources = ["source.amazon-ebs.al2023"]
  provisioner "file" {
    source      = var.package
    destination = "/tmp/landfall.rpm"
  }
  provisioner "shell" {
    inline = [
      "sudo dnf install -y /tmp/landfall.rpm",
      # What the builder left that leads to its region: exits 6, and no image is made.
      "sudo landfall doctor --before-image",
    ]
  }
}
