using System.Globalization;

namespace Sluice.Actors.Storage.Postgres;

/// <summary>What keeps calls waiting, and since when. Safe for concurrent use.</summary>
internal sealed class PostgresTrouble(TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private DateTimeOffset _since;
    private volatile string? _words;

    /// <summary>The words, while there is trouble; null otherwise.</summary>
    public string? Words => _words;

    /// <summary>A call failed and will be tried again.</summary>
    public void Met(string message)
    {
        lock (_lock)
        {
            if (_words is null)
            {
                _since = timeProvider.GetUtcNow();
            }

            _words = string.Create(CultureInfo.InvariantCulture, $"{message} Waiting since {_since:yyyy-MM-dd HH:mm:ss} UTC; it goes on by itself when that is over.");
        }
    }

    /// <summary>A call succeeded.</summary>
    public void Over()
    {
        if (_words is not null)
        {
            lock (_lock)
            {
                _words = null;
            }
        }
    }
}
