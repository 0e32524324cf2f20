namespace Sluice.Streams.Vectors;

/// <summary>A sink whose storage can be damaged without anybody noticing (a file after a failing disk, say), and that can look.</summary>
public interface IIntegrityChecking
{
    /// <summary>Reads the structure of the whole storage. Takes about as long as reading the file once.</summary>
    /// <param name="cancellationToken">Gives up before it begins.</param>
    /// <returns>When it is found sound.</returns>
    /// <exception cref="Failures.StorageException">It is damaged; the message says what was found and what to do.</exception>
    Task CheckIntegrityAsync(CancellationToken cancellationToken);
}
