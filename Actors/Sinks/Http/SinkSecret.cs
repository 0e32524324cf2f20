using System.Text;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Sinks.Http;

/// <summary>
/// The API key, token or password of a database, found when it is first needed: in the address (a password), a file, what a program prints, or a variable of the environment, in
/// this order. Safe for concurrent use.
/// </summary>
internal sealed class SinkSecret : IDisposable
{
    private const string Mask = "***";
    private const int MaxLength = 16_384;

    /// <summary>Shorter secrets are not looked for in texts: they would blot out ordinary words.</summary>
    private const int LeastRedacted = 4;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly SinkAddress _address;
    private readonly IReadOnlyList<string> _variables;
    private readonly CredentialHelper? _helper;
    private volatile string? _value;
    private volatile bool _read;
    private string[] _masked = [];

    /// <summary>Tells where to look.</summary>
    /// <param name="address">The database's address.</param>
    /// <param name="options">Time limit of a helper.</param>
    /// <param name="time">The clock.</param>
    /// <param name="variables">Variables of the environment, the vendor's usual one first.</param>
    public SinkSecret(SinkAddress address, SinkHttpOptions options, TimeProvider time, params IReadOnlyList<string> variables)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(options);
        _address = address;
        _variables = variables;
        if (address is { ApiKeyFile: not null, CredentialHelper: not null })
        {
            throw address.Wrong("it names both api-key-file and credential-helper; name one");
        }

        _helper = address.CredentialHelper is { } program ? new CredentialHelper(program, address.Name, options.HelperTimeout, time) : null;
    }

    /// <summary>Where it is from, for messages.</summary>
    public string Source =>
        _address.Password is not null ? "the password in the address"
        : _address.ApiKeyFile is { } file ? $"the file {file}"
        : _address.CredentialHelper is { } program ? $"the credential helper {program}"
        : Found() is { } variable ? $"the variable {variable}"
        : "nowhere";

    /// <summary>How to give one, for messages.</summary>
    public string Advice => $"Set {string.Join(" or ", _variables)} in the environment, or name a file with api-key-file=FILE or a program with credential-helper=PROGRAM in the address.";

    /// <summary>The secret; null when there is none.</summary>
    /// <exception cref="ConfigurationException">The file or the helper does not give one.</exception>
    public async ValueTask<string?> GetAsync(CancellationToken cancellationToken)
    {
        if (_read)
        {
            return _value;
        }

        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_read)
            {
                Set(await ReadAsync(cancellationToken).ConfigureAwait(false));
            }

            return _value;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Forgets a refused secret where reading it again may give another one: a file or a helper.</summary>
    /// <param name="refused">The one that was refused.</param>
    /// <returns>Whether there may be another one now.</returns>
    public bool Forget(string? refused)
    {
        if (_address.Password is not null || (_address.ApiKeyFile is null && _helper is null))
        {
            return false;
        }

        if (string.Equals(_value, refused, StringComparison.Ordinal))
        {
            _read = false;
        }

        return true;
    }

    /// <summary>The text with the secret masked, also where it is escaped or encoded: servers repeat what they were sent.</summary>
    public string Redact(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (var masked in Volatile.Read(ref _masked))
        {
            text = text.Replace(masked, Mask, StringComparison.OrdinalIgnoreCase);
        }

        return text;
    }

    public void Dispose() => _gate.Dispose();

    private string? Found() => _variables.FirstOrDefault(static name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)));

    private async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        if (_address.Password is { } password)
        {
            return password;
        }

        if (_address.ApiKeyFile is { } file)
        {
            return await ReadFileAsync(file, cancellationToken).ConfigureAwait(false);
        }

        return _helper is not null ? await _helper.RunAsync(cancellationToken).ConfigureAwait(false)
            : Found() is { } variable ? Environment.GetEnvironmentVariable(variable)!.Trim()
            : null;
    }

    private static async Task<string> ReadFileAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            if (new FileInfo(file).Length > MaxLength)
            {
                throw new ConfigurationException($"The file {file} is too long to hold an API key.");
            }

            var text = (await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false)).Trim();
            return text.Length > 0 ? text : throw new ConfigurationException($"The file {file} that should hold the API key is empty.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"The file {file} that should hold the API key cannot be read: {exception.Message}", exception);
        }
    }

    private void Set(string? value)
    {
        if (value is not null && (value.Length is 0 or > MaxLength || value.Any(static character => char.IsControl(character) || character > 0xFF)))
        {
            throw new ConfigurationException($"What {Source} gives is no API key: it is empty, of several lines, too long, or holds characters that no header may hold.");
        }

        if (value is { Length: >= LeastRedacted })
        {
            var forms = new[]
            {
                value, Uri.EscapeDataString(value), Convert.ToBase64String(Encoding.UTF8.GetBytes(value)), Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_address.User}:{value}")),
            };
            Volatile.Write(ref _masked, [.. forms.Concat(_masked).Distinct(StringComparer.Ordinal).Take(16).OrderByDescending(static form => form.Length)]);
        }

        _value = value;
        _read = true;
    }
}
