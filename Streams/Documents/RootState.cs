namespace Sluice.Streams.Documents;

/// <summary>How the root of a source stands.</summary>
public enum RootState
{
    /// <summary>It is there, and the one that was walked.</summary>
    There,

    /// <summary>It is not there, or does not answer: it is waited for.</summary>
    Away,

    /// <summary>Something else is in its place, or it was emptied: whoever reads from it must stop, since its documents would all count as vanished.</summary>
    Replaced,
}
