"""Specimen travel documents of Utopia (UTO): composed, drawn and photographed. No real document is imitated."""

from crossing_devices.simulated.specimens.photograph import photograph
from crossing_devices.simulated.specimens.render import render_page
from crossing_devices.simulated.specimens.traveller import PageFormat, PartialDate, SpecimenTraveller

__all__ = ["PageFormat", "PartialDate", "SpecimenTraveller", "photograph", "render_page"]
