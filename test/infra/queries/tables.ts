/**
 * The tables that the queries use, as Kusto writes schemas. Columns that no query may need are left out: what is not here cannot be queried unnoticed.
 * Sources: learn.microsoft.com, "Application Insights telemetry data model" and "Workspace-based Application Insights resources" (table structure, legacy
 * names); "Azure Monitor Logs reference: AzureMetrics".
 */
const COMMON = 'timestamp:datetime, itemType:string, itemCount:int, customDimensions:dynamic, operation_Name:string, operation_Id:string, operation_ParentId:string, ' +
  'user_AuthenticatedId:string, application_Version:string, client_IP:string, cloud_RoleName:string, cloud_RoleInstance:string, appName:string, iKey:string, sdkVersion:string';

export const TABLES: Readonly<Record<string, string>> = {
  requests: `(id:string, source:string, name:string, url:string, success:string, resultCode:string, duration:real, performanceBucket:string, ${COMMON})`,
  dependencies: `(id:string, target:string, type:string, name:string, data:string, success:string, resultCode:string, duration:real, ${COMMON})`,
  traces: `(message:string, severityLevel:int, ${COMMON})`,
  exceptions: `(problemId:string, type:string, outerMessage:string, severityLevel:int, details:dynamic, ${COMMON})`,
  customMetrics: `(name:string, value:real, valueCount:int, valueSum:real, valueMin:real, valueMax:real, valueStdDev:real, ${COMMON})`,
  AzureMetrics: '(TimeGenerated:datetime, ResourceId:string, Resource:string, ResourceGroup:string, ResourceProvider:string, MetricName:string, Total:real, Count:real, Maximum:real, Minimum:real, Average:real, TimeGrain:string, UnitName:string, _ResourceId:string)',
};
