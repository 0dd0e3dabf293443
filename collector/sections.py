"""What the sections of config.yaml stand on."""

from pydantic import BaseModel, ConfigDict, Field

from storage.model import Names


class Section(BaseModel):
    """A part of the configuration: frozen, and unknown keys are errors."""

    # hide_input_in_errors: pydantic would print what was found, be it a key pasted by mistake.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class NamesSection(Section):
    """One name in Arabic, French and English."""

    ar: str = Field(min_length=1)
    fr: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def value(self) -> Names:
        """Return it as the vocabulary has it."""
        return Names(ar=self.ar, fr=self.fr, en=self.en)
