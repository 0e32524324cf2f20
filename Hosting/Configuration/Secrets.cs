using System.Text.RegularExpressions;

namespace Sluice.Hosting.Configuration;

/// <summary>Keeps passwords and keys out of what is shown.</summary>
internal static partial class Secrets
{
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture;
    private const int Timeout = 1_000;

    /// <summary>What stands in place of a secret.</summary>
    public const string Mask = "***";

    /// <summary>Whether a setting's whole value is a secret, by its name.</summary>
    /// <param name="path">The setting's path.</param>
    /// <returns>True for names that end in password, secret, token, credential or key.</returns>
    public static bool IsSecretKey(string path) => SecretName().IsMatch(path);

    /// <summary>Masks the secrets inside a text: the password of a URI's user part, and query parameters with the name of a secret.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The text without them.</returns>
    public static string Redact(string text) =>
        SecretParameter().Replace(UserPassword().Replace(text, "${before}" + Mask + "@"), "${before}" + Mask);

    [GeneratedRegex(@"(^|[.-])(password|secret|token|credential|access-key|api-key|secret-key)s?$", Options, Timeout)]
    private static partial Regex SecretName();

    [GeneratedRegex(@"(?<before>\w://[^/\s:@]*:)[^/\s@]*@", Options, Timeout)]
    private static partial Regex UserPassword();

    [GeneratedRegex(@"(?<before>[?&;][\w.-]*(password|secret|token|credential|key|sig|signature)=)[^&;\s]*", Options, Timeout)]
    private static partial Regex SecretParameter();
}
