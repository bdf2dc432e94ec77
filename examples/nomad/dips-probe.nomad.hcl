# The pinger as a job of Nomad, and one DIRAC service with it. Paths and images are examples.
job "dips-probe" {
  datacenters = ["dc1"]
  type        = "service"

  update {
    max_parallel     = 1
    min_healthy_time = "10s"
    healthy_deadline = "2m"
    auto_revert      = true
  }

  group "pinger" {
    count = 1

    network {
      port "http" {
        static = 1234
      }
    }

    service {
      name     = "dips-probe"
      provider = "consul"
      port     = "http"

      check {
        type     = "http"
        path     = "/self"
        interval = "10s"
        timeout  = "3s"

        check_restart {
          limit = 3
          grace = "10s"
        }
      }
    }

    task "serve" {
      driver = "docker"

      config {
        image           = "registry.example.org/dips-probe:0.1.0"
        args            = ["serve", "--listen", "0.0.0.0:1234"]
        ports           = ["http"]
        readonly_rootfs = true
        cap_drop        = ["all"]
        volumes         = ["/opt/dirac/etc/grid-security:/opt/dirac/etc/grid-security:ro"]
      }

      resources {
        cpu    = 100
        memory = 100
      }

      kill_timeout = "15s"
    }
  }

  group "filecatalog" {
    count = 1

    network {
      port "dips" {
        static = 9197
      }
    }

    service {
      name     = "DataManagement-FileCatalog"
      provider = "consul"
      port     = "dips"

      # What Marathon ran as a COMMAND check: the self-ping inside the task. (Consul asks the pinger by examples/consul/services.json.)
      check {
        type     = "script"
        name     = "self-ping"
        task     = "service"
        command  = "/opt/dips-probe/self-ping"
        args     = ["9197/DataManagement/FileCatalog"]
        interval = "60s"
        timeout  = "20s"

        check_restart {
          limit = 3
          grace = "5m"
        }
      }
    }

    task "service" {
      driver = "docker"

      config {
        image = "registry.example.org/lhcbdirac:11.0.44"
        args  = ["dirac-service", "DataManagement/FileCatalog"]
        ports = ["dips"]

        labels = {
          dirac_component = "DataManagement/FileCatalog"
        }

        volumes = [
          "/opt/dirac/etc/dirac.cfg:/opt/dirac/etc/dirac.cfg:ro",
          "/opt/dirac/etc/grid-security:/opt/dirac/etc/grid-security:ro",
        ]
      }

      env {
        DIPS_PROBE_SELF = "9197/DataManagement/FileCatalog" # of the image's own HEALTHCHECK
      }

      resources {
        cpu    = 500
        memory = 512
      }
    }
  }
}
