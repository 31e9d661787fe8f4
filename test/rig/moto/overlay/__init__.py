"""Closes the gaps of moto that a reader of EC2 and EKS falls into. Wire bytes stay those of moto's serializer."""


def install() -> None:
    """Patches moto's classes. Call before the first request: moto caches its method tables."""
    from . import (
        addresses,
        autoscaling,
        cloudtrail,
        eks,
        eks_addons,
        interfaces,
        launch_templates,
        paging,
        services,
        sharing,
        tags,
    )

    modules = (tags, addresses, interfaces, sharing, services, paging, launch_templates, autoscaling, cloudtrail)
    for module in (*modules, eks, eks_addons):
        module.install()
