"""The card against the worked examples of Doc 9303-11, appendices D, G, H and I: byte for byte, as on the wire."""

import datetime as dt
from dataclasses import replace

from crossing.ports.chip import ChipFile
from crossing_devices.simulated.passport import mapping
from crossing_devices.simulated.passport.card import Card
from crossing_devices.simulated.passport.ciphers import FOR_ENCRYPTION, FOR_MAC, derive
from crossing_devices.simulated.passport.curves import CURVES, EcKey
from crossing_devices.simulated.passport.pace import chip_proof
from crossing_devices.simulated.passport.personalise import ChipKeys, ChipOptions
from crossing_devices.simulated.passport.protocols import Cipher, Mapping, PaceVariant
from tests.unit.devices.passport.travellers import LoadedDice, anna, passport_of

BRAINPOOL = CURVES["brainpoolP256r1"]
# "T22000129364081251010318": the zone of appendices G and H; "C11T002JM496081222310314": that of appendix I.
HOLDER_OF_G = anna("T22000129", "1964-08-12", dt.date(2010, 10, 31))
HOLDER_OF_I = anna("C11T002JM", "1996-08-12", dt.date(2023, 10, 31))


def exchange(card: Card, command: str) -> str:
    return card.transmit(bytes.fromhex(command)).hex().upper()


class TestAppendixD:
    """Basic access control and secure messaging with 3DES."""

    def test_keys_are_derived_with_odd_parity(self) -> None:
        seed = bytes.fromhex("239AB9CB282DAF66231DC5A4DF6BFBAE")
        assert derive(seed, FOR_ENCRYPTION, Cipher.TDES).hex().upper() == "AB94FDECF2674FDFB9B391F85D7F76F2"
        assert derive(seed, FOR_MAC, Cipher.TDES).hex().upper() == "7962D9ECE03D1ACD4C76089DCE131543"

    def test_chip_is_opened_and_ef_com_read(self) -> None:
        holder = anna("L898902C", "1969-08-06", dt.date(1994, 6, 23))
        passport = passport_of(holder, ChipOptions(pace=()))
        ef_com = bytes.fromhex("60145F0104303130365F36063034303030305C026175")
        passport = replace(passport, files={**passport.files, ChipFile.COM: ef_com})
        dice = LoadedDice(strings=("4608F91988702212", "0B4F80323EB3191CB04970CB4052790B"))
        card = Card(passport, dice=dice)

        assert exchange(card, "00A4040C07A0000002471001") == "9000"
        assert exchange(card, "0084000008") == "4608F919887022129000"
        assert (
            exchange(
                card,
                "008200002872C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F25F1448EEA8AD90A728",
            )
            == "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D74499000"
        )
        assert exchange(card, "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800") == (
            "990290008E08FA855A5D4C50A8ED9000"
        )
        assert exchange(card, "0CB000000D9701048E08ED6705417E96BA5500") == (
            "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000"
        )
        assert exchange(card, "0CB000040D9701128E082EA28A70F3C7B53500") == (
            "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D749000"
        )


class TestPace:
    def test_generic_mapping_of_appendix_g(self) -> None:
        passport = passport_of(HOLDER_OF_G, ChipOptions(pace=(PaceVariant(),)))
        dice = LoadedDice(
            strings=("3F00C4D39D153F2B2A214A078D899B22",),
            scalars=(
                "498FF49756F2DC1587840041839A85982BE7761D14715FB091EFA7BCE9058560",
                "107CF58696EF6155053340FD633392BA81909DF7B9706F226F32086C7AFF974A",
            ),
        )
        card = Card(passport, dice=dice)

        assert exchange(card, "0022C1A40F800A04007F00070202040202830101") == "9000"
        assert exchange(card, "10860000027C0000") == "7C12801095A3A016522EE98D01E76CB6B98B42C39000"
        assert exchange(
            card,
            "10860000457C438141047ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E"
            "544552DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D00",
        ) == (
            "7C43824104824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F57"
            "30D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C549000"
        )
        assert exchange(
            card,
            "10860000457C438341042DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C"
            "3556F3B3B186DF10B857B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB3646200",
        ) == (
            "7C438441049E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB"
            "7764B22277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F0949000"
        )
        assert exchange(card, "008600000C7C0A8508C2B0BD78D94BA86600") == "7C0A86083ABB9674BCE93C089000"

    def test_integrated_mapping_of_appendix_h(self) -> None:
        """Its password key is that of the card access number 123456."""
        passport = passport_of(HOLDER_OF_G, ChipOptions(pace=(PaceVariant(Mapping.INTEGRATED),)))
        dice = LoadedDice(
            strings=("2923BE84E16CD6AE529049F1F1BBE9EB",),
            scalars=("107CF58696EF6155053340FD633392BA81909DF7B9706F226F32086C7AFF974A",),
        )
        card = Card(passport, dice=dice)

        assert exchange(card, "0022C1A40F800A04007F00070202040402830102") == "9000"
        assert exchange(card, "10860000027C0000") == "7C128010143DC40C08C8E891FBED7DEDB92B64AD9000"
        assert exchange(card, "10860000147C1281105DD4CBFC96F5453B130D890A1CDBAE3200") == "7C0282009000"
        assert exchange(
            card,
            "10860000457C4383410489CBA23FFE96AA18D824627C3E934E54A9FD0B87A95D1471DC1C0ABFDCD640D4"
            "6755DE9B7B778280B6BEBD57439ADFEB0E21FD4ED6DF42578C13418A59B34C3700",
        ) == (
            "7C4384410467F78E5F7F7686082B293E8D087E056916D0F74BC01A5F8957D0DE45691E51E8"
            "932B69A962B52A0985AD2C0A271EE6A13A8ADDDCD1A3A994B9DED257F4D227539000"
        )
        assert exchange(card, "008600000C7C0A8508450F02B86F6A090900") == "7C0A860875D4D96E8D5B03089000"

    def test_chip_authentication_mapping_of_appendix_i(self) -> None:
        """The example states no private key of the agreement: so the wire is followed up to the mapping, and the
        proof is encrypted with the session key that it states."""
        mapping_key = int("9E56A6B59C95D06ECE5CD10F983BB2F4F1943528E577F23881D89D8C3BBEE0AA", 16)
        proof = int("85DC3FA93D0952BFA82F5FD189EE75BD82F11D1F0B8ED4BF5319AC9B53C426B3", 16)
        static = EcKey.of(BRAINPOOL, mapping_key * pow(proof, -1, BRAINPOOL.n) % BRAINPOOL.n)
        assert static.encoded.hex().upper() == (
            "041872709494399E7470A6431BE25E83EEE24FEA568C2ED28DB48E05DB3A610DC8"
            "84D256A40E35EFCB59BF6753D3A489D28C7A4D973C2DA138A6E7A4A08F68E16F"
        )
        passport = passport_of(HOLDER_OF_I, ChipOptions(pace=(PaceVariant(Mapping.CHIP_AUTHENTICATION),)))
        passport = replace(passport, keys=ChipKeys(mapping=static))
        dice = LoadedDice(strings=("658B860BC94DF6F044FCE6D5C82CF8E5",), scalars=(f"{mapping_key:x}",))
        card = Card(passport, dice=dice)

        assert exchange(card, "0022C1A40F800A04007F00070202040602830101") == "9000"
        assert exchange(card, "10860000027C0000") == "7C128010CB60E8E0D85B76A9BD304747C2AD42E29000"
        assert exchange(
            card,
            "10860000457C438141047F1D410ADB7DDB3B84BF1030800981A9105D7457B4A3ADE002384F3086C67EDE"
            "1AB889104A27DB6D842B019020FBF3CEACB0DC627F7BDCAC29969E19D0E553C100",
        ) == (
            "7C43824104A234236AA9B9621E8EFB73B5245C0E09D2576E5277183C1208BDD55280CAE8B3"
            "04F365713A356E65A451E165ECC9AC0AC46E3771342C8FE5AEDD092685338E239000"
        )

        session_key = bytes.fromhex("0A9DA4DB03BDDE39FC5202BC44B2E89E")
        mapped = EcKey.of(BRAINPOOL, mapping_key)
        assert chip_proof(static, mapped, Cipher.AES_128, session_key).hex().upper() == (
            "1EEA964DAAE372AC990E3EFDE6333353BFC89A6704D93DA8798CF77F5B7A54BD10CBA372B42BE0B9B5F28AA8DE2F4F92"
        )

    def test_pseudo_random_function_and_point_encoding_of_appendix_h(self) -> None:
        nonce, other = (
            bytes.fromhex("2923BE84E16CD6AE529049F1F1BBE9EB"),
            bytes.fromhex("5DD4CBFC96F5453B130D890A1CDBAE32"),
        )
        number = mapping.pseudo_random(Cipher.AES_128, nonce, other, BRAINPOOL.p)
        assert f"{number:X}" == (
            "E4447E2DFB3586BAC05DDB00156B57FBB2179A3949294C97254189800C517BAA8DA0FF397ED8C445D3E421E4FEB57322"
        )
        assert f"{number % BRAINPOOL.p:X}" == "A2F8FF2DF50E52C6599F386ADCB595D229F6A167ADE2BE5F2C3296ADD5B7430E"
        x, y = mapping.encoded_point(BRAINPOOL, number % BRAINPOOL.p)
        assert f"{x:X}" == "8E82D31559ED0FDE92A4D0498ADD3C23BABA94FB77691E31E90AEA77FB17D427"
        assert f"{y:X}" == "4C1AE14BD0C3DBAC0C871B7F3608169364437CA30AC243A089D3F266C1E60FAD"
