import type {
  DealType,
  RegistrationFormsQuery,
  SaveRegistrationInput,
  WholeRegistrationFragment,
} from "@/generated/operations";

export type Policy = RegistrationFormsQuery["registrationPolicies"]["nodes"][number];

export const DEAL_TYPES: readonly DealType[] = ["NET_NEW", "EXPANSION", "RENEWAL", "COMPETITIVE_REPLACEMENT"];

/** What the form has, all as typed. Keys are the API's names of fields; `answers.KEY` is the answer to a question. */
export type Values = Record<string, string>;

export function valuesOf(registration: WholeRegistrationFragment | undefined, currency: string): Values {
  if (!registration) return { dealType: "NET_NEW", currency };
  const { account, contact, amount } = registration;
  const found: Record<string, string | null | undefined> = {
    "account.name": account.name,
    "account.domain": account.domain,
    "account.city": account.city,
    "account.country": account.country,
    "account.industry": account.industry,
    "account.registrationNumber": account.registrationNumber,
    "contact.name": contact?.name,
    "contact.title": contact?.title,
    "contact.email": contact?.email,
    "contact.phone": contact?.phone,
    title: registration.title,
    dealType: registration.dealType,
    products: registration.products.join(", "),
    amount: amount?.amount,
    currency: amount?.currency ?? currency,
    expectedCloseDate: registration.expectedCloseDate,
    need: registration.need,
    nextStep: registration.nextStep,
    ...Object.fromEntries(registration.answers.map(({ questionKey, answer }) => [`answers.${questionKey}`, answer])),
  };
  return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, value ?? ""]));
}

export function productsOf(typed: string | undefined): string[] {
  return (typed ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);
}

export function inputOf(
  values: Values,
  policy: Policy,
  registration: WholeRegistrationFragment | undefined,
): SaveRegistrationInput {
  const text = (name: string) => values[name]?.trim() || null;
  const contact = {
    name: text("contact.name"),
    title: text("contact.title"),
    email: text("contact.email"),
    phone: text("contact.phone"),
  };
  const amount = text("amount");
  return {
    clientMutationId: crypto.randomUUID(),
    ...(registration
      ? { registrationId: registration.id, expectedVersion: registration.version }
      : { playbookKey: policy.playbookKey }),
    account: {
      name: text("account.name"),
      domain: text("account.domain"),
      city: text("account.city"),
      country: text("account.country"),
      industry: text("account.industry"),
      registrationNumber: text("account.registrationNumber"),
    },
    ...(Object.values(contact).some(Boolean) && { contact }),
    ...(text("title") && { title: text("title") }),
    dealType: (values.dealType ?? "NET_NEW") as DealType,
    products: productsOf(values.products),
    ...(amount && { amount: { amount: amount.replace(",", "."), currency: values.currency ?? "EUR" } }),
    expectedCloseDate: text("expectedCloseDate"),
    need: values.need?.trim() ?? "",
    nextStep: text("nextStep"),
    answers: policy.questions.map(({ key }) => ({ questionKey: key, answer: text(`answers.${key}`) })),
  };
}

/** The field that an error is about: `["account", "country"]` is `account.country`. */
export function fieldOf(path: readonly string[]): string {
  const [first = "", second] = path;
  if (first === "amount") return "amount";
  return second && !/^\d+$/.test(second) ? `${first}.${second}` : first;
}
