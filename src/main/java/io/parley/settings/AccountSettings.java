package io.parley.settings;

/**
 * Accounts and how they sign in.
 *
 * @param signupOpen whether anyone may create an account, or administrators only
 * @param emailsShown whether everybody sees the email addresses of users, or administrators only
 */
public record AccountSettings(
    AdminSettings admin, AuthSettings auth, boolean signupOpen, boolean emailsShown) {
  private static final String SHOW_EMAIL = "users.show_email";

  private enum Signup {
    OPEN,
    CLOSED
  }

  static AccountSettings of(SettingsReader reader, Mode mode) {
    return new AccountSettings(
        AdminSettings.of(reader, mode),
        AuthSettings.of(reader, mode),
        reader.oneOf("signup", Signup.class) == Signup.OPEN,
        reader.text(SHOW_EMAIL).equals("auto") ? mode == Mode.SANDBOX : reader.yes(SHOW_EMAIL));
  }
}
