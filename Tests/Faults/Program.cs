using System.Globalization;
using Sluice.Faults;

if (args.Length < 1 || !Directory.Exists(args[0]))
{
    await Console.Error.WriteLineAsync("usage: Sluice.Faults CORPUS-FOLDER [KILLS = 100] [SEED = 1]");
    return 2;
}

var kills = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 100;
var seed = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 1;
var folder = Directory.CreateTempSubdirectory("sluice-faults-");
try
{
    var result = await new KillRun(Path.GetFullPath(args[0]), folder.FullName, Console.WriteLine).RunAsync(kills, seed, CancellationToken.None);
    Console.WriteLine(result);
    Console.WriteLine(result.IsExact ? "the database is exactly the corpus" : "THE DATABASE DIFFERS FROM THE CORPUS");
    return result.IsExact ? 0 : 1;
}
finally
{
    folder.Delete(recursive: true);
}
