# Which Terraform and which provider, and where the state is kept.

terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }

  # The bucket is named at `terraform init`: docs/deploy.md.
  backend "gcs" {}
}

provider "google" {
  project = var.project_id
  region  = var.region
}
