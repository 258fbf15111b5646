"""Lists of words that the checks go by, all in small letters."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LEGAL_FORMS = _words("""
    gmbh ag se kg ohg ug mbh co ltd limited llc llp plc inc incorporated corp corporation company sa sas sarl srl spa bv
    nv ab as oy aps kk pty pte sl sro the and & group holding holdings partners partner solutions services international
    consulting systems technologies technology software networks
""")
"""By which companies are not told apart."""

SPEAKABLE = _words("""
    i i'll i'm i'd i've ok english hello hi dear regards subject re thanks thank best kind sincerely mr ms mrs dr
    roi kpi kpis crm faq it ai poc
""")
"""Written with a capital, though no names."""

NOT_A_NAME = _words("""
    next current this present same following previous new first last final coming closed open early late later another
    earlier sales deal of each right given playbook every actual an a the to into
""")
"""Said before “stage” without naming one."""

CONSEQUENCES = tuple(
    sorted(
        _words("""
    discount rebate refund cashback kickback bribe bonus commission gift voucher waive guarantee password passwd login
    credential bank iban bitcoin crypto wire payment invoice won win lost lose override bypass skip ignore disregard
    forget instruct prompt jailbreak admin confidential secret  delete remove cancel terminat
    reassign unlock promis pledge exclusiv
""")
    )
)
"""Beginnings of words that may do harm in the wrong place: an action has them only from the rules or the playbook."""

HARMLESS = _words("""
    window windows winter wind banking wireless won't wonder wondering wonderful commissioning commissioned secretary
    administrator administrators administration promptly promising
""")
"""Which only begin like them."""

COMMON = _words("""
    about after again before being client customer could customers deals every first from have into know make need next
    stage that their them then there this until what when where which while will with would your still only
""")
"""Said of any deal."""
