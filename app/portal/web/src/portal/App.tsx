import { RouterProvider } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { Provider } from "urql";
import { makeClient } from "./client/client";
import { hangUp } from "./client/transport";
import { LocaleProvider } from "./messages/context";
import type { Language } from "./messages/messages";
import { navigation, router } from "./router";
import { LeaveContext } from "./session/context";
import { leave, onSignedOut, resumed } from "./session/session";
import { NavigationContext } from "./shell/navigation";
import { Loading, Problem } from "./ui/states";
import { Toasts } from "./ui/toasts";

const SignIn = lazy(() => import("./session/SignIn"));

type State = "looking" | "in" | "out" | "failed";

export function App({ language }: { language: Language }) {
  return (
    <LocaleProvider first={language}>
      <Person />
      <Toasts />
    </LocaleProvider>
  );
}

function Person() {
  const [state, setState] = useState<State>("looking");
  const look = useCallback(() => {
    setState("looking");
    resumed().then(
      (signedIn) => setState(signedIn ? "in" : "out"),
      () => setState("failed"),
    );
  }, []);
  useEffect(() => {
    onSignedOut(() => {
      hangUp();
      setState("out");
    });
    look();
  }, [look]);
  const out = useCallback(() => {
    hangUp();
    setState("looking");
    leave().then(
      () => setState("out"),
      () => setState("failed"),
    );
  }, []);
  if (state === "looking") return <Loading />;
  if (state === "failed") return <Problem failure={{ kind: navigator.onLine ? "busy" : "offline" }} retry={look} />;
  if (state === "out") {
    return (
      <Suspense fallback={<Loading />}>
        <SignIn entered={() => setState("in")} />
      </Suspense>
    );
  }
  return (
    <LeaveContext value={out}>
      <SignedIn />
    </LeaveContext>
  );
}

/** Mounted anew for whoever comes next, with a cache of their own. */
function SignedIn() {
  const client = useMemo(makeClient, []);
  return (
    <Provider value={client}>
      <NavigationContext value={navigation}>
        <RouterProvider router={router} />
      </NavigationContext>
    </Provider>
  );
}
