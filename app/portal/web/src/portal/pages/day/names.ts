interface Deal {
  name: string;
  account: { name: string };
}

/** A deal's name, and its customer's where that isn't said already. */
export function dealTitle({ name, account }: Deal): string {
  const [first = ""] = account.name.split(" ");
  return name.toLowerCase().includes(first.toLowerCase()) ? name : `${name} · ${account.name}`;
}
