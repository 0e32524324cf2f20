using System.Security.Cryptography;
using System.Text;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Http;

/// <summary>What a caller may do.</summary>
internal enum ApiAccess
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Look.</summary>
    Read,

    /// <summary>Everything.</summary>
    Control,
}

/// <summary>The tokens of the API. Compared in constant time; never shown.</summary>
internal sealed class ApiTokens
{
    /// <summary>Environment variable of the token that may do everything.</summary>
    public const string ControlVariable = "SLUICE_API_TOKEN";

    /// <summary>Environment variable of the token that may only look.</summary>
    public const string ReadVariable = "SLUICE_API_READ_TOKEN";

    private const int Shortest = 16;
    private const int Longest = 256;
    private const string Scheme = "Bearer ";

    private readonly byte[]? _control;
    private readonly byte[]? _read;

    /// <summary>Makes them.</summary>
    /// <param name="control">The token that may do everything; null for none.</param>
    /// <param name="read">The token that may look; null for none.</param>
    public ApiTokens(string? control, string? read) => (_control, _read) = (Hash(control), Hash(read));

    /// <summary>Whether calls need a token.</summary>
    public bool AreNeeded => _control is not null || _read is not null;

    /// <summary>Reads the configured ones.</summary>
    /// <param name="options">Names their files.</param>
    /// <param name="environment">Has them otherwise.</param>
    /// <param name="workingDirectory">What relative paths are relative to.</param>
    /// <returns>The tokens.</returns>
    /// <exception cref="ConfigurationException">A file cannot be read, or what is in it is no token.</exception>
    public static ApiTokens Load(HttpOptions options, IReadOnlyDictionary<string, string> environment, string workingDirectory) => new(
        Load("sluice.http.control-token-file", options.ControlTokenFile, ControlVariable, environment, workingDirectory),
        Load("sluice.http.read-token-file", options.ReadTokenFile, ReadVariable, environment, workingDirectory));

    /// <summary>What the sender of a header may do. Takes as long for a wrong token as for a right one.</summary>
    /// <param name="authorization">The header; null when there is none.</param>
    /// <returns>The access.</returns>
    public ApiAccess Check(string? authorization)
    {
        if (!AreNeeded)
        {
            return ApiAccess.Control;
        }

        var sent = authorization is not null && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && authorization.Length <= Scheme.Length + Longest
            ? SHA256.HashData(Encoding.UTF8.GetBytes(authorization[Scheme.Length..].Trim()))
            : new byte[SHA256.HashSizeInBytes];
        var control = CryptographicOperations.FixedTimeEquals(sent, _control ?? []);
        var read = CryptographicOperations.FixedTimeEquals(sent, _read ?? []);
        return control ? ApiAccess.Control : read ? ApiAccess.Read : ApiAccess.None;
    }

    private static byte[]? Hash(string? token) => token is null ? null : SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private static string? Load(string setting, string file, string variable, IReadOnlyDictionary<string, string> environment, string workingDirectory)
    {
        var (token, origin) = (environment.GetValueOrDefault(variable), variable);
        if (file.Length > 0)
        {
            origin = $"{setting} = {file}";
            try
            {
                token = File.ReadLines(Path.GetFullPath(file, workingDirectory)).FirstOrDefault() ?? "";
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new ConfigurationException($"The token of {origin} cannot be read: {exception.Message}", exception);
            }
        }
        else if (string.IsNullOrEmpty(token))
        {
            return null;
        }

        token = token!.Trim();
        return token.Length is >= Shortest and <= Longest && token.All(static character => char.IsAsciiLetterOrDigit(character) || "-._~+/=".Contains(character, StringComparison.Ordinal))
            ? token
            : throw new ConfigurationException($"The token of {origin} is not one: write {Shortest} to {Longest} characters of A-Z a-z 0-9 - . _ ~ + / =, for example what `openssl rand -hex 32` prints.");
    }
}
