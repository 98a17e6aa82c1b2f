package io.parley.timeline;

import java.util.Arrays;
import java.util.Currency;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The currencies that can be transferred: those in use in some country today. They are derived from
 * the countries, because the list of all codes also contains funds, metals, test codes and former
 * currencies.
 */
public final class Currencies {
  private static final Set<String> IN_USE =
      Arrays.stream(Locale.getISOCountries())
          .map(country -> Currency.getInstance(Locale.of("", country)))
          .filter(Objects::nonNull)
          .map(Currency::getCurrencyCode)
          .collect(Collectors.toUnmodifiableSet());

  private Currencies() {}

  /** Whether this is the ISO 4217 code of one of them. */
  public static boolean isKnown(String code) {
    return IN_USE.contains(code);
  }
}
