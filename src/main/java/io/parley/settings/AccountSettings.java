package io.parley.settings;

/**
 * Accounts and how they sign in.
 *
 * @param signupOpen whether anyone may create an account, or administrators only
 */
public record AccountSettings(AdminSettings admin, AuthSettings auth, boolean signupOpen) {
  private enum Signup {
    OPEN,
    CLOSED
  }

  static AccountSettings of(SettingsReader reader, Mode mode) {
    return new AccountSettings(
        AdminSettings.of(reader, mode),
        AuthSettings.of(reader),
        reader.oneOf("signup", Signup.class) == Signup.OPEN);
  }
}
