namespace Sluice.Streams.Vectors;

/// <summary>A sink whose content is handed on to others in a form of its own, files for example, and that makes it when a run has ended.</summary>
public interface IPublishing
{
    /// <summary>Makes what is handed on equal to what the collection holds. Nothing may be written meanwhile. What is the same already is left as it is.</summary>
    /// <param name="cancellationToken">Stops; what was handed on before stays whole, and the next call does the rest.</param>
    /// <returns>When it is there.</returns>
    /// <exception cref="Failures.StorageException">It cannot be written.</exception>
    Task PublishAsync(CancellationToken cancellationToken);
}
