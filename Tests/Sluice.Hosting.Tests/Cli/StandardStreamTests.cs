using Sluice.Hosting.Cli;
using Sluice.Streams.Failures;

namespace Sluice.Hosting.Tests.Cli;

public sealed class StandardStreamTests : IDisposable
{
    private const string Words = "The results cannot be written to standard output: No space left on device. Send it to where there is room, and run again.";
    private readonly CliRun _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task Run_OutputOnAFullDisk_FailsOnceInWords()
    {
        await using var output = new StreamWriter(new StandardStream(new FullDisk(room: 0), holdsResults: true));
        _cli.Output = output;

        (await _cli.RunAsync("--version")).ShouldBe(ExitCodes.Failure);

        _cli.Error.ShouldBe($"sluice: {Words}\n");
    }

    [Fact]
    public async Task Run_OutputOnAFullDiskInTheMiddle_FailsOnceInWords()
    {
        await using var output = new StreamWriter(new StandardStream(new FullDisk(room: 1), holdsResults: true), bufferSize: 128);
        _cli.Output = output;

        (await _cli.RunAsync("ingest", "--help")).ShouldBe(ExitCodes.Failure);

        _cli.Error.ShouldBe($"sluice: {Words}\n");
    }

    [Fact]
    public async Task WriteAsync_AfterAFailure_DropsTheRest()
    {
        using var disk = new FullDisk(room: 1);
        await using var stream = new StandardStream(disk, holdsResults: true);
        await stream.WriteAsync(new byte[] { 1 });

        (await Should.ThrowAsync<StorageException>(async () => await stream.WriteAsync(new byte[] { 2 }))).Message.ShouldBe(Words);
        disk.Room = 1;
        await stream.WriteAsync(new byte[] { 3 });

        disk.ToArray().ShouldBe([1]);
    }

    [Fact]
    public void Write_NotesOnAFullDisk_AreLeftOut()
    {
        using var stream = new StandardStream(new FullDisk(room: 0), holdsResults: false);

        Should.NotThrow(() => stream.Write([1, 2]));
    }

    private sealed class FullDisk(int room) : MemoryStream
    {
        /// <summary>Writes that still fit.</summary>
        public int Room { get; set; } = room;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Room-- <= 0)
            {
                throw new IOException("No space left on device");
            }

            base.Write(buffer);
        }
    }
}
