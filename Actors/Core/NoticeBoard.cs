using System.Collections.Concurrent;

namespace Sluice.Actors.Core;

/// <summary>What holds the run up right now, in words, by topic. Safe for concurrent use.</summary>
public sealed class NoticeBoard
{
    private readonly ConcurrentDictionary<string, string> _notices = new(StringComparer.Ordinal);

    /// <summary>Raised with each notice that is new or changed.</summary>
    public event Action<string>? Posted;

    /// <summary>The notices that stand.</summary>
    public IReadOnlyCollection<string> Current => [.. _notices.Values];

    /// <summary>Puts up a notice in place of an earlier one of its topic.</summary>
    /// <param name="topic">What it is about.</param>
    /// <param name="text">What a person should know.</param>
    public void Post(string topic, string text)
    {
        _notices[topic] = text;
        Posted?.Invoke(text);
    }

    /// <summary>Says something that holds nothing up, once.</summary>
    /// <param name="text">What a person should know.</param>
    public void Tell(string text) => Posted?.Invoke(text);

    /// <summary>Takes a notice down.</summary>
    /// <param name="topic">What it was about.</param>
    /// <param name="resolved">What to say about its end; null to say nothing.</param>
    public void Clear(string topic, string? resolved = null)
    {
        if (_notices.TryRemove(topic, out _) && resolved is not null)
        {
            Posted?.Invoke(resolved);
        }
    }
}
