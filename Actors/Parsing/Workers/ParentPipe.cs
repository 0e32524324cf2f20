namespace Sluice.Actors.Parsing.Workers;

/// <summary>
/// The worker's side of the pipe to its parent. Sections are gathered and sent together; whatever the parent has to answer goes at once, with all that was gathered before.
/// A parent that does not read holds the writer up: that is the back-pressure. Safe for concurrent use.
/// </summary>
/// <param name="output">The pipe; not owned.</param>
internal sealed class ParentPipe(Stream output)
{
    /// <summary>Bytes of sections that are sent together.</summary>
    private const int Gathered = 32 << 10;

    private readonly Lock _gate = new();
    private readonly PayloadWriter _frames = new();

    /// <summary>Writes a frame.</summary>
    /// <param name="write">Builds it, or several.</param>
    /// <param name="now">Whether the parent is to have it now.</param>
    public void Write(Action<PayloadWriter> write, bool now)
    {
        lock (_gate)
        {
            var before = _frames.Length;
            try
            {
                write(_frames);
            }
            catch
            {
                _frames.CutTo(before); // Half a frame (there was no memory for the rest) would make nonsense of all that follow.
                throw;
            }

            if (now || _frames.Length >= Gathered)
            {
                Flush_NeedsLock();
            }
        }
    }

    /// <summary>Sends what was gathered.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            Flush_NeedsLock();
        }
    }

    /// <summary>Says that the worker lives, unless it is saying something.</summary>
    public void Beat()
    {
        if (_gate.TryEnter())
        {
            try
            {
                _frames.Begin(FrameKind.Alive).End();
                Flush_NeedsLock();
            }
            finally
            {
                _gate.Exit();
            }
        }
    }

    private void Flush_NeedsLock()
    {
        if (_frames.Length > 0)
        {
            try
            {
                output.Write(_frames.Written.Span);
            }
            catch (IOException)
            {
                WorkerLimits.End(ParseWorker.ParentGone); // Nobody is left who would want more.
            }

            _frames.Clear();
        }
    }
}
