using System.Text;

namespace Sluice.Actors.Parsing.Images;

/// <summary>Empties the messages of a program, so that it never waits for room, and keeps the last of them.</summary>
internal static class MessageTail
{
    private const int Kept = 300;

    /// <summary>Reads to the end.</summary>
    /// <param name="stream">What the program writes its messages to.</param>
    /// <returns>The last line, at most 300 bytes of it; empty where there is none.</returns>
    public static async Task<string> ReadAsync(Stream stream)
    {
        var kept = new byte[Kept];
        var length = 0;
        var buffer = new byte[4096];
        int read;
        while ((read = await stream.ReadAsync(buffer, CancellationToken.None).ConfigureAwait(false)) > 0)
        {
            var fresh = buffer.AsMemory(Math.Max(0, read - Kept), Math.Min(read, Kept));
            var old = Math.Min(length, Kept - fresh.Length);
            kept.AsSpan(length - old, old).CopyTo(kept);
            fresh.CopyTo(kept.AsMemory(old));
            length = old + fresh.Length;
        }

        var text = Encoding.UTF8.GetString(kept, 0, length).Trim();
        return new string([.. text[(text.LastIndexOf('\n') + 1)..].Where(static character => !char.IsControl(character))]);
    }
}
