import { createContext, use } from "react";
import type { Page } from "../page";

/** Set by the program's start, since pages know the shell and not the other way round. */
export const NavigationContext = createContext<readonly Page["nav"][]>([]);

export const useNavigation = () => use(NavigationContext);
