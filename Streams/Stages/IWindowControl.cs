namespace Sluice.Streams.Stages;

/// <summary>Acknowledges what has passed an <see cref="UnacknowledgedWindow{TKey, T}"/>. Safe for concurrent use; unknown keys are ignored.</summary>
/// <typeparam name="TKey">Identity of an element.</typeparam>
public interface IWindowControl<in TKey>
{
    /// <summary>The element is done: forget it and make room.</summary>
    /// <param name="key">Which.</param>
    void Acknowledge(TKey key);

    /// <summary>Whoever took the element is lost: offer it again.</summary>
    /// <param name="key">Which.</param>
    void OfferAgain(TKey key);
}
