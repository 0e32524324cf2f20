namespace Sluice.Simulation.Tests.Sequences;

/// <summary>The last things that happened, in words. Safe for concurrent use.</summary>
internal sealed class Trace
{
    private const int Length = 400;

    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = new();

    public void Note(string text)
    {
        lock (_lock)
        {
            _lines.Enqueue(text);
            if (_lines.Count > Length)
            {
                _lines.Dequeue();
            }
        }
    }

    public override string ToString()
    {
        lock (_lock)
        {
            return string.Join('\n', _lines);
        }
    }
}
