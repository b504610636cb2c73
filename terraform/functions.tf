# Every function, once: accounts, roles, secrets, queues, routes and invokers follow from this map.
# The key is the folder in functions/; `needs` is what its code asks for at its start, in the code's own words;
# `queues` is where it puts tasks; `accounts` is what it may do with the accounts of people who sign in.

locals {
  entries = {
    repositories = {
      needs    = ["github", "tasks"]
      queues   = ["pr_event_processor", "reconciler"]
      accounts = "viewer"
    }
    assets     = { needs = ["tasks"], queues = ["pr_event_processor"] }
    intents    = { accounts = "viewer" }
    approvals  = { needs = ["approval_policy"], accounts = "viewer" }
    agent_runs = { needs = ["tasks", "approval_policy"], queues = ["agent_runner"], accounts = "viewer" }
    evidences  = { accounts = "viewer" }
    provisioning = {
      needs    = ["tasks", "approval_policy", "provisioning_organization"]
      queues   = ["provisioner"]
      accounts = "viewer"
    }
    exceptions = {
      needs    = ["tasks"]
      queues   = ["pr_event_processor", "asset_generator", "agent_runner", "provisioner"]
      accounts = "viewer"
    }

    # Reports are read page by page: a longer one takes more time, not more memory.
    audit = { timeout = 300, concurrency = 4 }

    # GitHub waits ten seconds and never asks twice: one instance is always there. Eight deliveries of 25 MB at once
    # take 640 MB.
    webhooks = {
      needs         = ["tasks", "webhook_secret"]
      queues        = ["pr_event_processor"]
      memory        = "1Gi"
      timeout       = 30
      min_instances = 1
    }

    # Timeouts of task functions are those of their stages in shared/domain/step.py: below the queue's deadline,
    # which is below the lease.
    pr_event_processor = merge(local.task, {
      needs   = ["github", "tasks"]
      queues  = ["pr_event_processor", "asset_generator"]
      timeout = 120
    })
    asset_generator = merge(local.task, {
      needs   = ["model", "tasks"]
      queues  = ["pr_event_processor"]
      timeout = 240
    })
    agent_runner = merge(local.task, {
      needs   = ["github", "model", "approval_policy", "tasks"]
      queues  = ["agent_runner"]
      timeout = 300
    })

    # specify-cli runs beside it and takes 50 MB.
    provisioner = merge(local.task, {
      needs   = ["provisioning_github", "approval_policy", "tasks"]
      queues  = ["provisioner"]
      timeout = 240
    })

    # Called by the clock every minute, when it stops by itself after 50 seconds, and through a queue of its own.
    # Through that it erases those who leave, their account first.
    reconciler = merge(local.task, {
      needs       = ["github", "tasks"]
      queues      = ["pr_event_processor", "asset_generator", "agent_runner", "provisioner", "reconciler"]
      accounts    = "remover"
      memory      = "512Mi"
      timeout     = 60
      concurrency = 4
    })
  }

  usual = {
    needs         = []
    queues        = []
    accounts      = null
    memory        = "512Mi"
    timeout       = 60
    concurrency   = 8
    min_instances = 0
    max_instances = 10
  }

  task = { memory = "1Gi", concurrency = 2, max_instances = 4 }

  # The paths of each function are the project's own, which the local cloud reads too.
  prefixes = jsondecode(file("${path.module}/../functions/prefixes.json"))

  functions = {
    for folder, entry in local.entries : folder => merge(
      local.usual,
      entry,
      { for name, value in try(var.sizes[folder], {}) : name => value if value != null },
      {
        name   = replace(folder, "_", "-")
        paths  = local.prefixes[folder]
        public = !anytrue([for path in local.prefixes[folder] : startswith(path, "/api/tasks/")])
      },
    )
  }

  public = { for folder, function in local.functions : folder => function if function.public }
  tasks  = { for folder, function in local.functions : folder => function if !function.public }
  queued = toset(flatten([for function in local.functions : function.queues]))

  # Where a function answers: target of its tasks, audience of their tokens, and what its code checks. It can't be
  # asked of the function, which has it in its own environment.
  # https://cloud.google.com/run/docs/triggering/https-request#deterministic
  address = "https://{function}-${var.project_number}.${var.region}.run.app"
  addresses = {
    for folder, function in local.functions : folder => replace(local.address, "{function}", function.name)
  }

  # One App for everything, unless another one makes the repositories.
  provisioning_secret = var.provisioning_github_app_id == null ? "github-app-private-key" : "provisioning-app-private-key"

  # The secrets of each need; the webhook's is mounted, the others are asked for.
  secrets_of_needs = {
    github         = ["github-app-private-key"]
    model          = var.use_gemini ? ["gemini-api-key"] : []
    webhook_secret = ["github-webhook-secret"]

    provisioning_github = [local.provisioning_secret]
  }
  secrets = {
    for folder, function in local.functions :
    folder => flatten([for need in function.needs : try(local.secrets_of_needs[need], [])])
  }

  task_account = "task-carrier@${var.project_id}.iam.gserviceaccount.com"

  # The variables of each need: shared/settings.py.
  settings = {
    github = {
      GITHUB_APP_ID             = var.github_app_id
      GITHUB_APP_SLUG           = var.github_app_slug
      GITHUB_PRIVATE_KEY_SECRET = "github-app-private-key"
    }
    tasks = {
      TASKS_LOCATION        = var.region
      TASKS_URL             = local.address
      TASKS_SERVICE_ACCOUNT = local.task_account
    }
    model = { for name, value in {
      GEMINI_API_KEY_SECRET = "gemini-api-key"
      GEMINI_MODEL          = var.gemini_model
      MODEL_CALLS_A_DAY     = tostring(var.model_calls_a_day)
    } : name => value if var.use_gemini }
    provisioning_organization = { PROVISIONING_ORGANIZATION = var.provisioning_organization }
    provisioning_github = {
      PROVISIONING_ORGANIZATION              = var.provisioning_organization
      PROVISIONING_GITHUB_APP_ID             = coalesce(var.provisioning_github_app_id, var.github_app_id)
      PROVISIONING_GITHUB_PRIVATE_KEY_SECRET = local.provisioning_secret
    }
    approval_policy = { APPROVAL_POLICY = var.approval_policy }
    webhook_secret  = { GITHUB_WEBHOOK_SECRET_FILE = "/etc/worklog/webhook-secret" }
  }

  environments = {
    for folder, function in local.functions : folder => merge(
      length(var.allowed_origins) > 0 ? { ALLOWED_ORIGINS = join(",", var.allowed_origins) } : {},
      {
        GOOGLE_CLOUD_PROJECT = var.project_id
        # The framework has four threads for each processor, whatever the concurrency.
        THREADS = tostring(function.concurrency)
      },
      [for need in function.needs : local.settings[need]]...
    )
  }
}
