# What an installation decides. No secret is among it: those are added to Secret Manager by hand (docs/deploy.md).

variable "project_id" {
  description = "The Google Cloud project, used for nothing else."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "A project id is 6 to 30 lowercase letters, digits and hyphens."
  }
}

variable "project_number" {
  description = "The project's number: `gcloud projects describe PROJECT --format='value(projectNumber)'`."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{6,15}$", var.project_number))
    error_message = "A project number is digits alone."
  }
}

variable "region" {
  description = "Where functions, queues and the scheduler run."
  type        = string
  default     = "europe-west1"

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "A region looks like europe-west1."
  }
}

variable "firestore_location" {
  description = "Where Firestore keeps its data, for good; the region unless named."
  type        = string
  default     = null
}

variable "domain" {
  description = "The name that people and GitHub reach the API under, such as worklog.example.com."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain))
    error_message = "The domain is a name alone, without scheme, port or path."
  }
}

variable "allowed_origins" {
  description = "Pages that may call the API from a browser, such as https://app.example.com."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for origin in var.allowed_origins : can(regex("^https://[^\\s/,*]+$", origin))])
    error_message = "An origin is https:// and a host, without a path and without wildcards."
  }
}

variable "github_app_id" {
  description = "The id of the GitHub App that reads pull requests."
  type        = string

  validation {
    condition     = can(regex("^([0-9]+|Iv[A-Za-z0-9._-]+)$", var.github_app_id))
    error_message = "The App's id is its number, or its client id."
  }
}

variable "github_app_slug" {
  description = "The App's name in its address, https://github.com/apps/NAME."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]+$", var.github_app_slug))
    error_message = "The App's name in its address is lowercase letters, digits and hyphens."
  }
}

variable "provisioning_organization" {
  description = "The organization on GitHub that provisioned repositories are made in; an App can make none for a person."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}$", var.provisioning_organization))
    error_message = "An organization's name on GitHub is up to 39 letters, digits and single hyphens."
  }
}

variable "provisioning_github_app_id" {
  description = "The id of the GitHub App that makes repositories, where it is not the one that reads pull requests."
  type        = string
  default     = null

  validation {
    condition     = var.provisioning_github_app_id == null || can(regex("^([0-9]+|Iv[A-Za-z0-9._-]+)$", var.provisioning_github_app_id))
    error_message = "The App's id is its number, or its client id."
  }
}

variable "use_gemini" {
  description = "Whether Gemini writes; its key is then in the secret gemini-api-key. Else the offline writer does."
  type        = bool
  default     = false
}

variable "gemini_model" {
  description = "Which model writes."
  type        = string
  default     = "gemini-2.5-flash"

  validation {
    condition     = can(regex("^[a-z0-9.-]+$", var.gemini_model))
    error_message = "A model's name is lowercase letters, digits, dots and hyphens."
  }
}

variable "model_calls_a_day" {
  description = "How often the model may be asked in a day (UTC); what is over waits for the next day. 0 switches it off."
  type        = number
  default     = 2000

  validation {
    condition     = var.model_calls_a_day >= 0 && var.model_calls_a_day < 10000000 && floor(var.model_calls_a_day) == var.model_calls_a_day
    error_message = "Calls a day are a whole number below ten million."
  }
}

variable "approval_policy" {
  description = "What becomes of an approval of one's own intent: record it, or enforce that somebody else decides."
  type        = string
  default     = "record"

  validation {
    condition     = contains(["record", "enforce"], var.approval_policy)
    error_message = "The policy is record or enforce."
  }
}

variable "requests_a_minute" {
  description = "How many requests one address may make in a minute; more are answered 429."
  type        = number
  default     = 600

  validation {
    condition     = var.requests_a_minute >= 1 && floor(var.requests_a_minute) == var.requests_a_minute
    error_message = "It is a whole number from 1 on."
  }
}

variable "deliveries_a_minute" {
  description = "The same for the webhook: GitHub sends everybody's deliveries from few addresses."
  type        = number
  default     = 6000

  validation {
    condition     = var.deliveries_a_minute >= 1 && floor(var.deliveries_a_minute) == var.deliveries_a_minute
    error_message = "It is a whole number from 1 on."
  }
}

variable "sizes" {
  description = "Other sizes than those in functions.tf, by the folder of the function. Timeouts in seconds."
  type = map(object({
    memory        = optional(string)
    timeout       = optional(number)
    concurrency   = optional(number)
    min_instances = optional(number)
    max_instances = optional(number)
  }))
  default = {}

  validation {
    condition     = alltrue([for folder in keys(var.sizes) : contains(keys(local.entries), folder)])
    error_message = "A size is for a folder in functions/, such as agent_runner."
  }
}

variable "queues" {
  description = "Other speeds and patience than those in queues.tf, by the folder of the function that a queue feeds."
  type = map(object({
    a_second   = optional(number)
    at_once    = optional(number)
    attempts   = optional(number)
    first_wait = optional(number)
    last_wait  = optional(number)
  }))
  default = {}

  validation {
    condition     = alltrue([for folder in keys(var.queues) : contains(flatten([for entry in local.entries : try(entry.queues, [])]), folder)])
    error_message = "A queue is that of a task function, such as asset_generator."
  }
}

variable "alert_emails" {
  description = "Who hears of an alert. Without anybody alerts show in Cloud Monitoring alone."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "Who hears of an alert is an e-mail address."
  }
}

variable "alert_limits" {
  description = "From which numbers on somebody has to look."
  type = object({
    oldest_step_hours      = optional(number, 6)
    undelivered_hours      = optional(number, 24)
    errors_in_five_minutes = optional(number, 5)
    webhook_seconds        = optional(number, 5)
    pauses_an_hour         = optional(number, 20)
    model_tokens_an_hour   = optional(number, 1000000)
  })
  default = {}

  validation {
    condition     = alltrue([for limit in values(var.alert_limits) : limit >= 0]) && var.alert_limits.undelivered_hours < 72
    error_message = "Limits are not negative, and GitHub keeps failed deliveries for 72 hours."
  }
}

variable "runbook" {
  description = "Where people find docs/runbook.md, for the alerts to lead there."
  type        = string
  default     = "docs/runbook.md"

  validation {
    condition     = can(regex("^[^\\s#]+$", var.runbook))
    error_message = "The runbook is an address or a path, without an anchor."
  }
}

variable "anchors" {
  description = "How many days the heads of the ledgers are kept, and whether that is for good: no lock can be taken back."
  type = object({
    days   = optional(number, 1096)
    locked = optional(bool, true)
  })
  default = {}

  validation {
    condition     = var.anchors.days >= 366 && var.anchors.days <= 3650 && floor(var.anchors.days) == var.anchors.days
    error_message = "Anchors are kept for 366 to 3650 days: a report goes back a year."
  }
}

variable "packages" {
  description = "The folder that `make package` fills; the one in this project unless named."
  type        = string
  default     = null
}
