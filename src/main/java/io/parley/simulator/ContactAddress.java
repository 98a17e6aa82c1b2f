package io.parley.simulator;

import java.util.Locale;

/**
 * The address of a phone or mailbox that the page is to show, in the form in which the gateway
 * writes it.
 */
final class ContactAddress {
  private static final int MAX = 320;
  private static final String RULE =
      "must be a phone number with + and its country code, such as +15551234567, a short code of 3 to 8"
          + " digits, or a mailbox such as ann@example.org";
  private static final String NO_COUNTRY =
      "is a phone number without a country code: write it with + in front, such as +15551234567";

  private ContactAddress() {}

  /** Reads the field {@code address}, and refuses it with a reason that helps. */
  static String read(FieldReader fields) {
    String text = fields.text("address", 1, MAX).strip();
    String address = text.contains("@") ? mailbox(text) : phone(text);
    boolean valid =
        SimulatedMessage.PHONE.matcher(address).matches()
            || SimulatedMessage.MAILBOX.matcher(address).matches();
    if (!text.isEmpty() && !valid) {
      fields.invalid("address", address.matches("[0-9]{9,18}") ? NO_COUNTRY : RULE);
    }
    fields.check();
    return address;
  }

  // the domain is compared without case
  private static String mailbox(String text) {
    int at = text.lastIndexOf('@');
    return text.substring(0, at) + text.substring(at).toLowerCase(Locale.ROOT);
  }

  // people write numbers in groups
  private static String phone(String text) {
    return text.replaceAll("[\\s().\\-/]", "");
  }
}
