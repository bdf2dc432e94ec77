# The pinger itself, on the node whose agent reads this file. With --status-profile consul a degraded service is a warning.
service {
  id   = "dips-probe"
  name = "dips-probe"
  port = 1234
  tags = ["dirac"]

  check {
    id       = "dips-probe-ready"
    name     = "shall it be asked?"
    http     = "http://127.0.0.1:1234/ready"
    interval = "10s"
    timeout  = "3s"
  }
}
