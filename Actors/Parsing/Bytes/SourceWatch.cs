using System.Runtime.ExceptionServices;

namespace Sluice.Actors.Parsing.Bytes;

/// <summary>
/// Watches the bytes of one document on their way to its parser: what failed below the parser, and how long the parser had to wait for bytes.
/// Written by the reading thread, read by any.
/// </summary>
internal sealed class SourceWatch(TimeProvider timeProvider)
{
    private ExceptionDispatchInfo? _fault;
    private long _waitedTicks;
    private long _waitingSince;
    private int _depth;

    /// <summary>The first failure of the source or of decompression, whatever a parser made of it afterwards.</summary>
    public ExceptionDispatchInfo? Fault => Volatile.Read(ref _fault);

    /// <summary>Time spent in reads of the source, and in work with a limit of its own, so far; what is under way included.</summary>
    public TimeSpan Waited
    {
        get
        {
            var since = Volatile.Read(ref _waitingSince);
            var current = since == 0 ? TimeSpan.Zero : timeProvider.GetElapsedTime(since);
            return TimeSpan.FromTicks(Volatile.Read(ref _waitedTicks)) + current;
        }
    }

    /// <summary>A read of the source begins, or work that has a limit of its own, in which the source may be read.</summary>
    public void BeginRead()
    {
        if (_depth++ == 0)
        {
            Volatile.Write(ref _waitingSince, Math.Max(1, timeProvider.GetTimestamp()));
        }
    }

    /// <summary>It ended.</summary>
    public void EndRead()
    {
        if (--_depth > 0)
        {
            return;
        }

        var elapsed = timeProvider.GetElapsedTime(Volatile.Read(ref _waitingSince));
        Volatile.Write(ref _waitingSince, 0);
        Volatile.Write(ref _waitedTicks, _waitedTicks + elapsed.Ticks);
    }

    /// <summary>Remembers <paramref name="exception"/> unless there is an earlier one, and gives it back to be thrown.</summary>
    public Exception Record(Exception exception)
    {
        if (_fault is null)
        {
            Volatile.Write(ref _fault, ExceptionDispatchInfo.Capture(exception));
        }

        return exception;
    }
}
