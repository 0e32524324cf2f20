using Microsoft.ML.OnnxRuntime;

namespace Sluice.Actors.Embedding.Onnx;

/// <summary>
/// Loaded networks that several embedders run at once, so that their weights are in memory once: ONNX Runtime lets any number of threads run a session. A network stays
/// loaded until the last of its users returns it. Safe for concurrent use.
/// </summary>
internal sealed class SharedSessions
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Loaded> _loaded = new(StringComparer.Ordinal);

    /// <summary>Gives a network; the caller returns it once.</summary>
    /// <param name="key">The network and where it runs.</param>
    /// <param name="load">Loads it; called when nobody has it, while others who want one wait.</param>
    public InferenceSession Take(string key, Func<InferenceSession> load)
    {
        lock (_lock)
        {
            if (!_loaded.TryGetValue(key, out var loaded))
            {
                loaded = new Loaded(load());
                _loaded.Add(key, loaded);
            }

            loaded.Users++;
            return loaded.Session;
        }
    }

    /// <summary>Returns what <see cref="Take"/> gave.</summary>
    /// <param name="key">As there.</param>
    public void Return(string key)
    {
        lock (_lock)
        {
            var loaded = _loaded[key];
            if (--loaded.Users == 0)
            {
                _loaded.Remove(key);
                loaded.Session.Dispose();
            }
        }
    }

    private sealed class Loaded(InferenceSession session)
    {
        public InferenceSession Session { get; } = session;

        public int Users { get; set; }
    }
}
