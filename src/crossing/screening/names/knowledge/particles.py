"""The words around a name that are no name: particles, titles, and what says that a name was married or taken."""

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PARTICLES: Final = _words(
    "AL EL UL UR BEN BIN BN IBN BINT BENT BINTI OULD ULD WULD WALAD WLD MINT AG AGH AIT WALET WALLET "
    "OUALET DE DA DO DOS DU DES DAS DI DEL DELLA LA LE LOS LAS VAN VON DER DEN TEN TER ZU ZUR DEN DIT "
    "DITE HAJ HAJJ HADJ HAJI HADJI HAJJI ALHAJ ALHAJI ALHADJI ELHADJ ELHADJI ELHAJ ELHAJJ ALHADJ"
)
"""Left out: some papers have them and some do not. They say who the father is, not what anybody is called."""

OF_A_FATHER: Final = _words(
    "BEN BIN BN IBN BINT BENT BINTI OULD ULD WULD WALAD WLD MINT AG AGH AIT WALET WALLET OUALET"
)
"""What follows is the father's name."""

OF_A_DAUGHTER: Final = _words("BINT BENT BINTI MINT WALET WALLET OUALET")
OF_A_SON: Final = _words("BIN IBN OULD ULD WULD WALAD WLD AG AGH")

TITLES: Final = _words(
    "DR DOCTEUR DOCTOR PR PROF PROFESSEUR PROFESSOR MR MRS MS MISS MME MLLE MONSIEUR MADAME MADEMOISELLE "
    "SIR LORD LADY DAME HON REV REVEREND FATHER PERE SISTER BROTHER FRERE SOEUR GEN GENERAL COL COLONEL "
    "CAPT CAPTAIN CAPITAINE MAJ MAJOR LT LIEUTENANT SGT SERGENT SERGEANT ADJUDANT COMMANDANT CDT CMDT "
    "HADJA ADJA HAJA HAJIA HAJIYA HADJIA LADJI LADJ MALLAM MALAM MALLAMA HERR FRAU SENOR SENORA SENORITA "
    "DON DONA SIGNOR SIGNORA USTAZ USTADH MAULANA MULLAH MOLLA HAJJA MAALAM IMAM MAITRE ME PRESIDENT "
    "PRINCE PRINCESS PRINCESSE EMIR AMIR"
)
"""Left out where they stand before a name of two parts or more; anywhere else they are taken for a name."""

TITLES_OF_WOMEN: Final = _words(
    "MME MLLE MRS MS MISS MADAME MADEMOISELLE HADJA ADJA HAJA HAJIA HAJIYA HADJIA HAJJA FRAU SENORA"
)

NAMES_OF_RESPECT: Final = _words(
    "CHEIKH CHEICK CHEIK SHEIKH CHEIKHNA THIERNO TIERNO CHERNO CERNO SERIGNE SERIN SERINGE ALPHA ALFA "
    "ALFAH MODIBO MODIBBO ACHEIKH KARAMOKO SHEIK SIDI SIDY MAME NDEYE ELIMANE PAPA PAPE BABA MORO NABA "
    "SOKHNA SAYYID SAYED SEYED SYED MIR GONI ABBA MAI MAMA NANA"
)
"""A name to some and a mark of respect to others: one who bears it on one paper may lack it on the next."""

TAKEN_FROM_HERE: Final = _words("NEE NE EPOUSE EPSE EP ALIAS AKA DIT DITE SURNOMME SURNOMMEE VEUVE VVE GEB BORN")
"""What follows is a maiden name, a husband's name or a by-name: it may be missing elsewhere."""

YOUNGER: Final = _words("JR JUNIOR JNR II III IV FILS FILHO")
ELDER: Final = _words("SR SENIOR SNR PERE PAI")

GLUED: Final = _words(
    "AL EL AS ES AN EN AR ER AZ EZ AD ED ABD ABDEL ABDOUL ABDUL ABDAL ABDOU ABOU ABU BOU DE DI DA DEL LA "
    "LE VAN VANDER VANDEN VON MAC MC O N M A OULD AG BEN DAN MAI SIDI"
)
"""What may be written together with the name that follows it, and is lost as easily."""

BEFORE_ANY_NAME: Final = _words(
    "AL EL OUL UL BEN BIN IBN BENT BINT MINT OULD ULD WULD ABD ABDEL ABDOUL ABDUL ABDAL ABOU ABU BOU"
)
"""Of the glued ones, those that are still known for what they are where the name itself is spelled otherwise."""
