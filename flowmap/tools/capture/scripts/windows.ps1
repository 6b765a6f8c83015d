# Records all NICs of a team, with what Windows says of the team before and after. Run as administrator, in PowerShell 5 or newer.
#   powershell -ExecutionPolicy Bypass -File capture.ps1 -Minutes 2
# Start several migrations, from several hosts, while it records. It writes one zip; send that.
param(
    [ValidateRange(1, 120)][int]$Minutes = 2,
    [ValidateRange(64, 65535)][int]$Bytes = 128,
    [ValidateRange(64, 65536)][int]$Megabytes = 2048,
    [string]$Folder = (Join-Path $env:TEMP ("capture-" + (Get-Date -Format "yyyyMMdd-HHmmss")))
)
$ErrorActionPreference = "Stop"

$identity = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $identity.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
    throw "Run this as administrator: recording packets needs that right."
}
if (Test-Path $Folder) { throw "$Folder exists already: give another one with -Folder." }
New-Item -ItemType Directory -Path $Folder | Out-Null
$drive = (Get-Item $Folder).PSDrive
if ($drive.Free -lt ($Megabytes + 500) * 1048576) {
    throw "Drive $($drive.Name): has only $([int]($drive.Free / 1048576)) MB free; give a smaller -Megabytes or another -Folder."
}

# What a machine does not have (no team, no Hyper-V) is left out.
function Save-Json([string]$Name, [scriptblock]$What) {
    try {
        $found = & $What
        if ($null -ne $found) {
            ConvertTo-Json -InputObject @($found) -Depth 4 | Out-File -FilePath (Join-Path $Folder $Name) -Encoding utf8
        }
    } catch {
        "${Name}: $($_.Exception.Message)" | Out-File -FilePath (Join-Path $Folder "left-out.txt") -Append -Encoding utf8
    }
}

$adapter = @("Name", "InterfaceDescription", "ifIndex", "InterfaceIndex", "Status", "MacAddress", "PermanentAddress", "ReceiveLinkSpeed",
    "TransmitLinkSpeed", "Virtual")
$address = @("InterfaceAlias", "InterfaceIndex", "IPAddress", "PrefixLength", "AddressFamily")

function Save-Host([string]$When) {
    Save-Json "$When-NetAdapter.json" { Get-NetAdapter -IncludeHidden | Select-Object -Property $adapter }
    Save-Json "$When-NetLbfoTeam.json" { Get-NetLbfoTeam }
    Save-Json "$When-NetLbfoTeamMember.json" { Get-NetLbfoTeamMember }
    Save-Json "$When-VMSwitchTeam.json" { Get-VMSwitch | Where-Object EmbeddedTeamingEnabled | Get-VMSwitchTeam }
    Save-Json "$When-NetAdapterStatistics.json" { Get-NetAdapterStatistics }
    Save-Json "$When-NetAdapterRdma.json" { Get-NetAdapterRdma }
    Save-Json "$When-NetIPAddress.json" { Get-NetIPAddress | Select-Object -Property $address }
}

Save-Host "before"
# Through cmd: what a program writes as an error would end this script.
cmd.exe /c "w32tm /query /status 2>&1" | Out-File -FilePath (Join-Path $Folder "clock.txt") -Encoding utf8

$log = Join-Path $Folder "team.etl"
# pktmon numbers adapters and layers and keeps a length; it can record packets since Windows 10 2004 and Server 2022.
$pktmon = [Environment]::OSVersion.Version.Build -ge 19041 -and (Get-Command pktmon.exe -ErrorAction SilentlyContinue)
if ($pktmon) {
    pktmon filter remove | Out-Null
    pktmon start --capture --comp nics --pkt-size $Bytes --file-size $Megabytes --file-name $log
} else {
    netsh trace start capture=yes report=disabled correlation=disabled packettruncatebytes=$Bytes maxsize=$Megabytes filemode=circular overwrite=yes tracefile=$log
}
if ($LASTEXITCODE -ne 0) { throw "Recording could not be started; the lines above say why." }

try {
    Write-Host "Recording for $Minutes minutes. Start the migrations now. Ctrl-C ends it well."
    $end = (Get-Date).AddMinutes($Minutes)
    while ((Get-Date) -lt $end) {
        Start-Sleep -Seconds 5
        $size = if (Test-Path $log) { [int]((Get-Item $log).Length / 1048576) } else { 0 }
        Write-Host ("{0:HH:mm:ss}  {1} MB" -f (Get-Date), $size)
    }
} finally {
    if ($pktmon) { pktmon stop } else { netsh trace stop }
    Save-Host "after"
    $zip = "$Folder.zip"
    Add-Type -AssemblyName System.IO.Compression.FileSystem
    [IO.Compression.ZipFile]::CreateFromDirectory($Folder, $zip)
    Write-Host "Done. Send this file: $zip"
}
