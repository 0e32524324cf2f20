namespace Sluice.TestKit.Simulators;

/// <summary>A request as it is kept.</summary>
/// <param name="Request">The request; its body only where the log keeps bodies.</param>
/// <param name="BodyBytes">Bytes of its body.</param>
/// <param name="Status">Status that is answered; 0 when none is.</param>
/// <param name="Fault">The fault that was done to it; null for none.</param>
public sealed record LoggedRequest(SimulatorRequest Request, int BodyBytes, int Status, string? Fault);

/// <summary>What a simulator was asked, in the order of its answers. Safe for concurrent use.</summary>
public sealed class RequestLog
{
    private readonly Lock _lock = new();
    private readonly List<LoggedRequest> _entries = [];
    private readonly List<(Func<LoggedRequest, bool> Match, int Count, TaskCompletionSource Reached)> _waiting = [];
    private int _underWay;

    /// <summary>Whether bodies are kept; off by default, since a load test writes many.</summary>
    public bool KeepBodies { get; set; }

    /// <summary>Most requests that were under way at once.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>All so far.</summary>
    public IReadOnlyList<LoggedRequest> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _entries];
            }
        }
    }

    /// <summary>How many of a method and path there were (see <see cref="SimulatorRequest.Is"/>).</summary>
    public int Count(string method, string path)
    {
        lock (_lock)
        {
            return _entries.Count(entry => entry.Request.Is(method, path));
        }
    }

    /// <summary>Those of a method and path.</summary>
    public IReadOnlyList<LoggedRequest> Of(string method, string path) => [.. All.Where(entry => entry.Request.Is(method, path))];

    /// <summary>Completes when so many requests that match were answered, those before the call included.</summary>
    public Task ReachedAsync(Func<LoggedRequest, bool> match, int count)
    {
        lock (_lock)
        {
            if (_entries.Count(match) >= count)
            {
                return Task.CompletedTask;
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((match, count, reached));
            return reached.Task;
        }
    }

    /// <summary>Forgets what was.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _entries.Clear();
            MostAtOnce = _underWay;
        }
    }

    internal void Begin()
    {
        lock (_lock)
        {
            MostAtOnce = Math.Max(MostAtOnce, ++_underWay);
        }
    }

    internal void End()
    {
        lock (_lock)
        {
            _underWay--;
        }
    }

    /// <summary>Noted before the answer goes out: whoever has the answer finds the request here.</summary>
    internal void Add(SimulatorRequest request, int status, string? fault)
    {
        lock (_lock)
        {
            _entries.Add(new LoggedRequest(KeepBodies ? request : request with { Body = default }, request.Body.Length, status, fault));
            for (var i = _waiting.Count - 1; i >= 0; i--)
            {
                if (_entries.Count(_waiting[i].Match) >= _waiting[i].Count)
                {
                    _waiting[i].Reached.SetResult();
                    _waiting.RemoveAt(i);
                }
            }
        }
    }
}
