"""The compose files hold everybody in, name what exists, and start things in their order."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import probe
from probe.config import load

ROOT = Path(__file__).parent.parent
MAIN = "docker-compose.yml"
HOST = "config/docker/host-network.yml"
OVERRIDE = "config/docker/api-key.yml"
# Whole files, and not what is laid over one.
WHOLE = (MAIN, HOST)
EVERYBODY = {"hopwatch", "prometheus", "alertmanager", "grafana"}


def composed(name):
    return yaml.safe_load((ROOT / name).read_text())


SERVICES = {f"{name}:{key}": service for name in WHOLE for key, service in composed(name)["services"].items()}
KEPT_RUNNING = {key: service for key, service in SERVICES.items() if service.get("restart") != "no"}


def each(services):
    return pytest.mark.parametrize("service", services.values(), ids=list(services))


def folder_of(name):
    return (ROOT / name).parent


def plain(text):
    """Fill in the variables' defaults."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def mounts(name):
    """Return (service, source, target, mode) of every mount of a file."""
    for key, service in composed(name)["services"].items():
        for volume in service.get("volumes", []):
            source, target, *mode = plain(volume).split(":")
            yield key, source, target, "".join(mode)


@pytest.mark.parametrize("name", [*WHOLE, OVERRIDE])
def test_the_file_is_one_by_the_compose_specification(name):
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", name],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip

    assert (done.returncode, done.stdout.strip()) == (0, "ok -- validation done")


@each(SERVICES)
def test_nobody_may_do_what_he_need_not(service):
    held = {key: service.get(key) for key in ("read_only", "cap_drop", "security_opt")}

    assert held == {
        "read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"],
    }  # fmt: skip
    assert not {"privileged", "cap_add", "devices", "pid", "ipc", "userns_mode"} & set(service)


@each(SERVICES)
def test_nobody_is_root(service):
    assert re.fullmatch(r"[1-9]\d*:\d+", service["user"])


@each(SERVICES)
def test_everybody_is_bounded(service):
    assert service["mem_limit"] == service["memswap_limit"]
    assert 0 < service["pids_limit"] <= 256
    assert {"max-size", "max-file"} <= set(service["logging"]["options"])
    assert all(re.search(r"size=\d+m\b", place) and "noexec" in place for place in service["tmpfs"])


@each(KEPT_RUNNING)
def test_whoever_stays_comes_back_and_says_how_he_is(service):
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] == "CMD"
    assert {"interval", "timeout", "retries", "start_period"} <= set(service["healthcheck"])


@each(SERVICES)
def test_ports_are_on_loopback_only(service):
    assert [port for port in service.get("ports", []) if not port.startswith("127.0.0.1:")] == []


@each(SERVICES)
def test_images_are_named_by_exact_tag(service):
    image = plain(service["image"])

    assert re.fullmatch(r"(docker\.io/)?[a-z/]+:v?\d+\.\d+\.\d+", image)


def test_our_image_has_the_version_of_the_program():
    ours = {service["image"] for service in SERVICES.values() if service["image"].startswith("hopwatch:")}

    assert ours == {f"hopwatch:{probe.__version__}"}


def test_our_image_is_built_once_and_pulled_by_nobody():
    ours = {key: service for key, service in SERVICES.items() if service["image"].startswith("hopwatch:")}
    built = {key for key, service in ours.items() if "build" in service}

    assert built == {f"{MAIN}:hopwatch", f"{HOST}:hopwatch"}
    assert {key for key, service in ours.items() if service.get("pull_policy") == "never"} == {*ours} - built


def test_our_image_is_built_in_the_same_way_everywhere():
    builds = {name: composed(name)["services"]["hopwatch"]["build"] for name in WHOLE}
    roots = {name: (folder_of(name) / build["context"]).resolve() for name, build in builds.items()}

    assert set(roots.values()) == {ROOT}
    assert builds[MAIN]["args"] == builds[HOST]["args"]
    default = plain(builds[MAIN]["args"]["PYTHON_IMAGE"])
    assert f"\nARG PYTHON_IMAGE={default}\n" in (ROOT / "Dockerfile").read_text()


@each(SERVICES)
def test_no_secret_stands_in_the_environment(service):
    given = service.get("environment", {})

    assert [
        name
        for name in given
        if re.search(r"PASSWORD|SECRET|TOKEN|_KEY", name) and not name.endswith("__FILE")
    ] == []


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_mounted_from_the_project_exists_and_is_only_read(name):
    bound = [mount for mount in mounts(name) if mount[1].startswith(".")]

    assert bound
    assert [mount for mount in bound if not (folder_of(name) / mount[1]).exists() or mount[3] != "ro"] == []


@pytest.mark.parametrize("name", WHOLE)
def test_every_volume_is_used_and_every_used_one_declared(name):
    used = {source for _, source, _, _ in mounts(name) if not source.startswith(".")}

    assert used == set(composed(name)["volumes"])


def test_the_default_services_are_those_of_the_documentation():
    services = composed(MAIN)["services"]
    lasting = {key for key, service in services.items() if service.get("restart") != "no"}

    assert {key for key in lasting if "profiles" not in services[key]} == EVERYBODY
    assert {key for key in lasting if services[key].get("profiles") == ["demo"]} == {"lab", "demo"}


def test_the_daemon_alone_waits_for_nobody():
    assert "depends_on" not in composed(MAIN)["services"]["hopwatch"]


def test_whoever_waits_waits_for_health_or_for_the_end_of_a_task():
    services = composed(MAIN)["services"]
    waits = {
        (condition["condition"], services[other].get("restart") == "no")
        for service in services.values()
        for other, condition in service.get("depends_on", {}).items()
    }

    assert waits == {("service_healthy", False), ("service_completed_successfully", True)}


def test_the_daemon_and_the_alertmanager_do_not_reach_each_other():
    services = composed(MAIN)["services"]

    assert not set(services["hopwatch"]["networks"]) & set(services["alertmanager"]["networks"])


def test_who_need_not_reach_the_world_cannot():
    networks = composed(MAIN)["networks"]
    no_way_out = {"com.docker.network.bridge.enable_ip_masquerade": "false"}
    ways_out = {
        name
        for name, network in networks.items()
        if not network.get("internal") and network.get("driver_opts") != no_way_out
    }
    services = composed(MAIN)["services"]

    assert ways_out == {"probes", "notices"}
    assert {key for key, one in services.items() if ways_out & set(one.get("networks", []))} == {
        "hopwatch", "alertmanager",
    }  # fmt: skip


def test_whoever_publishes_a_port_is_on_a_network_from_which_one_can():
    composed_main = composed(MAIN)
    inner = {name for name, network in composed_main["networks"].items() if network.get("internal")}

    assert [
        key
        for key, service in composed_main["services"].items()
        if "ports" in service and not set(service["networks"]) - inner
    ] == []


def test_prometheus_asks_the_services_by_their_names():
    jobs = yaml.safe_load((ROOT / "config/prometheus/prometheus.yml").read_text())["scrape_configs"]
    static = {target for job in jobs for one in job.get("static_configs", []) for target in one["targets"]}
    services = composed(MAIN)["services"]
    reached = {
        f"{key}:{plain(port).rpartition(':')[2]}"
        for key, service in services.items()
        for port in service.get("ports", [])
        if set(service["networks"]) & set(services["prometheus"]["networks"])
    }

    assert static - {"localhost:9090"} <= reached
    assert "--web.allowed-host=hopwatch" in services["hopwatch"]["command"]
    assert [job["dns_sd_configs"][0]["names"] for job in jobs if "dns_sd_configs" in job] == [
        services["lab"]["networks"]["scrape"]["aliases"]
    ]


def test_grafana_finds_its_home_and_its_dashboards():
    grafana = composed(MAIN)["services"]["grafana"]
    home = Path(grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    places = {target: source for key, source, target, _ in mounts(MAIN) if key == "grafana"}
    providers = yaml.safe_load(
        next((ROOT / "dashboards/provisioning/dashboards").glob("*.y*ml")).read_text()
    )["providers"]

    assert (ROOT / places[str(home.parent)] / home.name).is_file()
    assert {provider["options"]["path"] for provider in providers} == {str(home.parent)}
    sources = yaml.safe_load(next((ROOT / "dashboards/provisioning/datasources").glob("*.y*ml")).read_text())
    url = grafana["environment"]["PROMETHEUS_URL"]
    asked = {source["url"].replace("${PROMETHEUS_URL}", url) for source in sources["datasources"]}
    assert asked == {"http://prometheus:9090"}


def test_the_demonstration_finds_the_lab_where_its_configuration_says(tmp_path):
    demo, lab = (composed(MAIN)["services"][name] for name in ("demo", "lab"))
    places = {(key, source): target for key, source, target, _ in mounts(MAIN)}
    written = lab["command"][-1].replace(places["lab", "demo-authority"], places["demo", "demo-authority"])
    config = places["demo", "./config/lab.yml"]
    named = {hop["ca_file"] for hop in yaml.safe_load((ROOT / "config/lab.yml").read_text())["hops"].values()}

    assert f"--config.file={config}" in demo["command"]
    assert {str((Path(config).parent / one).resolve()) for one in named} == {written}
    assert load(ROOT / "config/lab.yml").plan().probes


def test_the_override_hands_over_a_file_that_git_never_keeps():
    override = composed(OVERRIDE)
    files = [secret["file"] for secret in override["secrets"].values()]

    assert override["services"]["hopwatch"]["secrets"] == list(override["secrets"])
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/.env", *(f"/{Path(file).parts[0]}/" for file in files)} <= {*ignored}
